from cases.models import TripStage
from ricomi.directory.models import Role
from workflows.engine import End, Flow, Opening, Step, this


class BrokenFlow(Flow):
    title = "Broken"
    subject = "cases.Trip"
    opened_by_people = False

    opening = Opening(None, "Open").by(Role.OFFICER, of="offering").may("open", "Open").leads_to(this.waiting)
    waiting = Step(None, "Wait").at(TripStage.PLANNED).by(Role.OFFICER, of="offering").may("go", "Go")
    done = End("Done", TripStage.SETTLED)
