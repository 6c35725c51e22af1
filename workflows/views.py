"""The pages on which people act: home, worklist, the form of a step, whatever the flow. No rule stands here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import BigIntegerField, Exists, OuterRef, Subquery, When
from django.db.models import Case as If
from django.db.models.functions import Cast, Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.looking import look
from cases.models import Case, Session
from cases.models.session import reads_sessions
from ricomi.directory.authority import Authority, act_as, fixed_body, rights_of
from ricomi.directory.models import Body, Role, User
from ricomi.directory.views import me
from workflows import gate, leaving, policy
from workflows.consequences import consequences
from workflows.endorsement import vote_on
from workflows.engine import FLOWS, Anytime, Back, Ballot, Outcome
from workflows.forms import SuccessorForm, TakenForm
from workflows.models import Entry, Run, Task
from workflows.templatetags.workflows import step_url
from workflows.unattended import unattended

PAGE = 60
# Up to as many cases it is quicker to look through their timelines, beyond to look through the newest entries.
FEW = 500


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, their cases, and what changed."""
    rights = rights_of(request)
    visible = Case.objects.visible_to(rights)
    entries = changes(rights)
    speaks = bool(rights.speaks_for(fixed_body("ceam") or 0))
    return render(
        request,
        "workflows/home.html",
        {
            "tasks": rows(policy.worklist(rights)[:6]),
            "cases": list(visible.open().for_cards().counting_partners().order_by("-stage_since", "-pk")[:8]),
            "entries": entries,
            "sessions": list(Session.objects.under_way()[:4]) if speaks else None,
            "reads_sessions": reads_sessions(rights),
            "openings": [flow for flow in startable() if policy.openings(rights, flow)],
            "gaps": unattended() if rights.may(act_as(Role.CASE_OFFICER), fixed_body("secretariat") or 0) else [],
        },
    )


def changes(rights: Authority) -> list[Entry]:
    """The last entries about cases that the reader sees and that were not written for others alone.

    Each knows the reference of its case as `about`. Two queries, whatever the reader sees.
    """
    visible = Case.objects.visible_to(rights)
    case = If(When(chain__startswith="case:", then=Cast(Substr("chain", 6), BigIntegerField())))
    entries = Entry.objects.readable_by(rights).annotate(case=case)
    seen = list(visible.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(seen) > FEW:
        entries = entries.filter(Exists(visible.filter(pk=OuterRef("case"))))
    else:
        entries = entries.filter(chain__in=[f"case:{pk}" for pk in seen])
    reference = Subquery(Case.objects.filter(pk=OuterRef("case")).values("reference"))
    return list(entries.annotate(about=reference).select_related("person", "on_behalf", "body").order_by("-pk")[:10])


def startable() -> list[Any]:
    """The flows that a person opens by themselves, not from within another."""
    return [flow for flow in FLOWS.values() if flow.opened_by_people]


def rows(tasks: Any) -> list[dict[str, Any]]:
    """Tasks with their subjects, fetched a kind at a time."""
    found = list(tasks)
    by_flow: dict[Any, list[Task]] = {}
    for task in found:
        by_flow.setdefault(task.process.flow_class, []).append(task)
    subjects: dict[str, Any] = {}
    for flow, its in by_flow.items():
        model = flow.subject_model()
        keys = [task.process.subject_key.split(":")[1] for task in its]
        for subject in model.objects.filter(pk__in=keys).select_related(*model.WITH):
            subjects[subject.subject_key] = subject
    return [
        {"task": task, "subject": subjects[task.process.subject_key], "step": task.flow_task,
         "url": step_url(subjects[task.process.subject_key], task.flow_task.name, task.item)}
        for task in found
    ]  # fmt: skip


@login_required
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """All that waits for the reader, the earliest due first."""
    page = Paginator(policy.worklist(rights_of(request)), PAGE).get_page(request.GET.get("page"))
    return render(request, "workflows/worklist.html", {"page": page, "rows": rows(page.object_list)})


@login_required
@require_http_methods(["GET", "POST"])
def opening(request: HttpRequest, flow: str) -> HttpResponse:
    """The form with which a subject of a flow begins."""
    kind = FLOWS.get(flow)
    rights = rights_of(request)
    bodies = policy.openings(rights, kind) if kind and kind.opened_by_people else []
    if kind is None or not bodies:
        raise Http404
    step: Any = kind.start()
    form = step.form(request.POST or None, request.FILES or None, subject=None, person=request.user)
    blocked = ""
    chosen = _for_body(request, bodies)
    if request.method == "POST" and chosen is None:
        blocked = _("You may not open this for that body.")
    elif request.method == "POST" and form.is_valid():
        try:
            subject = gate.begin(kind, request.user, {**form.cleaned_data, "for_body": chosen})
        except gate.Refused as refused:
            blocked = refused.message
        else:
            messages.success(request, _("Done: %(what)s") % {"what": step.outcomes[0].label})
            return redirect(subject.get_absolute_url())
    context = {"flow": kind, "step": step, "form": form, "bodies": Body.objects.filter(pk__in=bodies), "chosen": chosen,
               "outcome": step.outcomes[0], "blocked": blocked}  # fmt: skip
    return render(request, "workflows/opening.html", context, status=422 if form.errors or blocked else 200)


def _for_body(request: HttpRequest, bodies: list[int]) -> int | None:
    """The body for which the person opens: the one they named, else their first; None when it is not theirs."""
    wanted = request.POST.get("for_body", "")
    return next((body for body in bodies if wanted in ("", str(body))), None)


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, kind: str, pk: int, name: str, item: int | None = None) -> HttpResponse:
    """The form of one step: what it asks, what each button will do and who will be written to."""
    subject, run = _find(request, kind, pk)
    node = next((one for one in run.flow_class.steps() if one.name == name and getattr(one, "outcomes", None)), None)
    if node is None or node.kind != "human":
        raise Http404
    return StepPage(request, subject, run, node, item).answer()


def _find(request: HttpRequest, kind: str, pk: int) -> tuple[Any, Run]:
    """The subject, if the reader may see it. Raises Http404 otherwise."""
    flow = next((one for one in FLOWS.values() if one.kind() == kind), None)
    if flow is None or pk > 2**62:
        raise Http404
    model = flow.subject_model()
    subject = model.objects.select_related(*model.WITH).filter(pk=pk).first()
    if subject is None or not visible(rights_of(request), subject):
        raise Http404
    run = Run.objects.filter(subject_key=subject.subject_key).first()
    if run is None:
        raise Http404
    if isinstance(subject.root, Case):
        subject.root.fetch_parties()
    run.subject = subject
    return subject, run


def visible(rights: Authority, subject: Any) -> bool:
    """Whether the reader may see a subject: through its root, as each kind of root says."""
    root = subject.root
    return bool(type(root).objects.visible_to(rights).filter(pk=root.pk).exists())


class StepPage:
    """One request to one step."""

    def __init__(self, request: HttpRequest, subject: Any, run: Run, node: Any, item: int | None) -> None:
        self.request, self.subject, self.run, self.node, self.item = request, subject, run, node, item
        self.rights = rights_of(request)
        self.data = request.POST if request.method == "POST" else None
        self.outcomes = policy.human_outcomes(node)
        # A link may name beforehand what a form lets it name, such as one case of an agenda.
        preset = {name: request.GET[name] for name in getattr(node.form, "preset", ()) if name in request.GET}
        self.form: Any = node.form(
            self.data, request.FILES if self.data is not None else None, initial=preset, subject=subject,
            person=request.user,
        )  # fmt: skip
        self.taken = TakenForm(self.data, step=node, subject=subject)

    def answer(self) -> HttpResponse:
        possible = policy.possible(self.rights, self.run)
        mine = any(one.step is self.node and (self.item is None or one.item == self.item) for one in possible)
        if self.request.method == "GET":
            return self.show() if mine else self.not_now()
        # Whoever came late is shown what they typed; whose step it never was is not shown its form.
        if not mine and not policy.may_take(self.rights, self.run, self.node, self.task()):
            return self.not_now()
        chosen = next((one for one in self.outcomes if one.name == self.request.POST.get("outcome")), None)
        if chosen is None:
            return self.show(blocked=_("Choose what to do with one of the buttons."), status=422)
        self.taken.needs(chosen)
        fields_good = not chosen.form or self.form.is_valid()
        if not self.taken.is_valid() and "seen" in self.taken.errors:
            return self.show(blocked=_("The form came back incomplete. Nothing was saved; try again."), status=422)
        if not (self.taken.is_valid() and fields_good):
            return self.show(status=422, chosen=chosen)
        if chosen.danger and "confirmed" not in self.request.POST:
            return self.show(confirm=chosen)
        return self.take(chosen)

    def take(self, chosen: Outcome) -> HttpResponse:
        data = {**(self.form.cleaned_data if chosen.form else {}), "reason": self.taken.cleaned_data["reason"]}
        try:
            receipt = gate.act(
                self.request.user, self.subject, self.node.name, chosen.name, data,
                item=self.item, seen=self.taken.cleaned_data["seen"],
            )  # fmt: skip
        except gate.AlreadyTaken as refused:
            entry = self.if_readable(refused.entry)
            return self.show(taken_by=entry, already=bool(entry), blocked="" if entry else refused.message, status=409)
        except gate.Stale as refused:
            changed = [entry for entry in refused.entries if entry.is_readable_by(self.rights)]
            return self.show(changed=changed, blocked="" if changed else refused.message, status=409)
        except gate.NotAllowed as refused:
            return self.show(blocked=refused.message, closed=True, status=403)
        except gate.Refused as refused:
            return self.show(blocked=refused.message, status=422, chosen=chosen)
        messages.success(self.request, self.said(chosen, receipt))
        if chosen.stays and receipt.decided and chosen.form and self.node.stage:
            return redirect(step_url(self.subject, self.node.name, self.item))
        # Whoever declines, for one, takes leave of the case.
        return redirect(self.subject.root if visible(self.rights, self.subject) else "home")

    def said(self, chosen: Outcome, receipt: gate.Receipt) -> str:
        if isinstance(self.node, Ballot) and not receipt.decided:
            return _("Your voice is recorded: %(what)s.") % {"what": chosen.label}
        return _("Done: %(what)s") % {"what": chosen.label}

    def task(self) -> Task | None:
        """The step as it waits now, if it does."""
        waiting = self.run.task_set.filter(flow_task=self.node, status__in=policy.WAITING)
        task = (waiting if self.item is None else waiting.filter(item=self.item)).first()
        if task is not None:
            task.process = self.run
        return task

    def if_readable(self, entry: Entry | None) -> Entry | None:
        return entry if entry is not None and entry.is_readable_by(self.rights) else None

    def not_now(self) -> HttpResponse:
        """The step is not the reader's, or no longer, or not yet: say who took it, if the reader may know."""
        if isinstance(self.node, Anytime):
            open_now, entry = self.subject.stage in self.node.stages, None
        else:
            open_now = self.task() is not None
            entry = self.if_readable(gate._last(self.run, self.node.name, self.item))
        if open_now:
            return self.show(blocked=_("This step is not yours to take."), closed=True, status=403)
        if entry is not None and entry.step == self.node.name:
            return self.show(taken_by=entry, already=True, closed=True, status=409)
        return self.show(blocked=_("This cannot be done while the case is in this stage."), closed=True, status=409)

    def show(self, *, status: int = 200, **more: Any) -> HttpResponse:
        context = {
            "subject": self.subject, "case": self.subject.root, "step": self.node, "form": self.form,
            "taken": self.taken, "item": self.item,
            "revision": type(self.subject).objects.get(pk=self.subject.pk).revision,
            "choices": consequences(self.run, self.node, self.outcomes),
            **(self.vote() if not more.get("closed") else {}),
            "briefs": [f"workflows/briefs/{self.run.flow_class.kind()}.html", "workflows/briefs/other.html"],
            **more,
        }  # fmt: skip
        template = "workflows/confirm.html" if more.get("confirm") else "workflows/step.html"
        return render(self.request, template, context, status=status)

    def vote(self) -> dict[str, Any]:
        """What a reviewer reads before giving a voice: the vote as it stands, what changed since their last look."""
        task = self.task() if isinstance(self.node, Ballot) else None
        if task is None:
            return {}
        changes, looked_at = look(self.subject.root, self.request.user.pk or 0)
        return {"vote": vote_on(self.subject, task), "due": task.due, "changes": changes, "looked_at": looked_at}


@login_required
@require_http_methods(["GET", "POST"])
def holdings(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person who leaves holds alone; a successor is named for all of one body at once."""
    by = me(request)
    person = User.objects.filter(pk=pk).first() if pk < 2**62 else None
    if person is None or not leaving.may_arrange(by, person):
        raise Http404
    parts, blocked = [], ""
    bound = leaving.bound_to(person, rights_of(request))
    for body in Body.objects.filter(pk__in={one.body for one in bound}):
        its = [one for one in bound if one.body == body.pk]
        able = leaving.successors(its, person)
        sent = request.POST if request.POST.get("body") == str(body.pk) else None
        form = SuccessorForm(sent, people=able) if able else None
        parts.append({"body": body, "bound": its, "form": form})
        if form is not None and sent is not None and form.is_valid():
            asked = form.cleaned_data
            try:
                count = leaving.hand_on(person, asked["successor"], by=by, reason=asked["reason"], body=body.pk)
            except gate.Refused as refused:
                blocked = str(refused.message)
            else:
                said = {"person": asked["successor"], "count": count}
                messages.success(request, _("%(person)s is named for all of it (%(count)s).") % said)
                return redirect("holdings", person.pk)
    context = {"person": person, "parts": parts, "last": leaving.last_of(person), "blocked": blocked}
    return render(request, "workflows/holdings.html", context, status=200 if request.method == "GET" else 422)


@require_GET
def flow_page(request: HttpRequest, flow: str) -> HttpResponse:
    """The policy of one flow, for everybody to read: each step, whose it is, by when, what comes next."""
    if flow not in FLOWS:
        raise Http404
    page = FLOWS[flow]
    titles = {one.name: one.public_title for one in page.steps()}
    shown = [
        {"step": one, "next": [] if isinstance(one, Back) else [titles[name] for name in one.next_names()]}
        for one in page.steps()
    ]
    times = policy.reads_times(rights_of(request))
    return render(request, "workflows/flow.html", {"flow": page, "steps": shown, "reads_times": times})
