"""The way of an entry that a delegation writes: reviewed by the secretariat, published, changed later or withdrawn.

What is published stands until its next version is: while a change is written and reviewed, readers see the last one.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cases.acts import cannot_start
from ricomi.catalogue import drafting as record
from ricomi.catalogue.draft_form import DraftForm
from ricomi.catalogue.models import Draft
from ricomi.directory.models import Role
from workflows.engine import Act, Anytime, Choice, End, Flow, Opening, Step, this
from workflows.numbers import next_number

STAGE = Draft.Stage
AT_HOME = ("delegation", Role.FOCAL_POINT)
KEPT = _("The text is kept; nobody is written to yet.")


def begin(draft: Draft, act: Act) -> None:
    """Give the draft its reference and its delegation."""
    draft.body_id, draft.reference = act.body_id or 0, next_number(Draft, "reference", "E", act.at, 4)
    record.write(draft, act)


class CataloguingFlow(Flow):
    title = _("Entry of the catalogue")
    subject = "catalogue.Draft"

    opening = (
        Opening(DraftForm, _("Write an entry"))
        .by(Role.OFFICER, of="delegation")
        .may("begin", _("Save the draft"), guard=cannot_start, does=begin)
        .leads_to(this.writing)
    )
    writing = (
        Step(DraftForm, _("Write the entry"))
        .at(STAGE.WRITING)
        .by(Role.OFFICER, of="delegation")
        .within(days=60, remind=[10], tell=AT_HOME)
        .letter("")
        .may("save", _("Save the draft"), does=record.write, stays=True, says=KEPT)
        .may("send", _("Send to review"), this.review, does=record.settle, guard_after=record.is_incomplete)
    )
    change = (
        Anytime(DraftForm, _("Change the entry"))
        .by(Role.OFFICER, of="delegation")
        .during(STAGE.PUBLISHED)
        .may("save", _("Save the change"), this.changing, does=record.write, says=KEPT)
        .may("send", _("Send to review"), this.review, does=record.write, guard_after=record.is_incomplete)
    )
    changing = (
        Step(DraftForm, _("Write the change"))
        .at(STAGE.CHANGING)
        .by(Role.OFFICER, of="delegation")
        .within(days=60, remind=[10], tell=AT_HOME)
        .letter("")
        .may("save", _("Save the change"), does=record.write, stays=True, says=KEPT)
        .may("send", _("Send to review"), this.review, does=record.settle, guard_after=record.is_incomplete)
        .may("give_up", _("Give the change up"), this.published, does=record.restore, form=False, danger=True,
             says=_("The entry stays as it is published; what you wrote since then is lost."))
    )  # fmt: skip

    review = (
        Step(None, _("Review the entry"))
        .at(STAGE.REVIEW)
        .by(Role.CASE_OFFICER, of="secretariat", not_who_did=["opening", "writing", "change", "changing"])
        .within(days=10, remind=[3], tell=("secretariat", Role.HEAD))
        .letter("entry_submitted")
        .may("publish", _("Publish it"), this.published, does=record.publish,
             letters=[("entry_published", "delegation")], says=_("Everybody can read and find it from then on."))
        .may("return", _("Return it for changes"), this.is_published, does=record.ask, reason=True,
             letters=[("entry_returned", "delegation")])
    )  # fmt: skip
    taking_back = (
        Anytime(None, _("Take it back from review"))
        .by(Role.OFFICER, of="delegation")
        .during(STAGE.REVIEW)
        .may("take_back", _("Take it back from review"), this.is_published)
    )
    is_published = (
        Choice(_("Is a version of it published?")).when(record.is_published, this.changing).otherwise(this.writing)
    )
    dropping = (
        Anytime(None, _("Drop the draft"))
        .by(Role.OFFICER, of="delegation")
        .during(STAGE.WRITING)
        .may("drop", _("Drop the draft"), this.dropped, danger=True)
    )
    withdrawing = (
        Anytime(None, _("Withdraw the entry"))
        .by(Role.OFFICER, of="delegation")
        .during(STAGE.PUBLISHED, STAGE.CHANGING)
        .may("withdraw", _("Withdraw the entry"), this.withdrawn, does=record.withdraw, reason=True, danger=True,
             letters=[("entry_withdrawn", "secretariat")],
             says=_("It leaves lists and search. Its page stays, and gives everybody the day and your reason."))
    )  # fmt: skip
    taking_down = (
        Anytime(None, _("Take the entry down"))
        .by(Role.HEAD, of="secretariat")
        .during(STAGE.PUBLISHED, STAGE.CHANGING)
        .may("take_down", _("Take the entry down"), this.withdrawn, does=record.withdraw, reason=True, danger=True,
             letters=[("entry_withdrawn", "secretariat"), ("entry_withdrawn", "delegation")],
             says=_("It leaves lists and search. Its page stays, and gives everybody the day and your reason."))
    )  # fmt: skip

    published = End(_("Published"), STAGE.PUBLISHED)
    withdrawn = End(_("Withdrawn"), STAGE.WITHDRAWN)
    dropped = End(_("Dropped"), STAGE.DROPPED)
