"""What pages of other rooms show of the flows: acts, whose turn it is, the picture, the timeline, money."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import session_forms as forms
from cases.models import Extension, Party
from ricomi.directory.authority import SEE_CASES, rights_of
from ricomi.directory.models import Body
from ricomi.fund import books
from ricomi.fund.models import BankAccount
from workflows import leaving, money, picture, policy, revision_money, waiting
from workflows.decision_paper import CLOSINGS, OUTCOMES
from workflows.engine import SPOKE, is_of_invited
from workflows.models import HUMAN, Entry, Run, Task

register = template.Library()


def _ways(request: Any, subject: Any) -> dict[str, tuple[Run, list[Task]]]:
    """All ways under the subject's root with their waiting tasks and the tasks' bodies, in three queries for a page."""
    root = subject.root.subject_key
    cache = request.__dict__.setdefault("_ways", {})
    if root not in cache:
        runs = {run.pk: run for run in Run.objects.filter(root_key=root)}
        waiting: dict[int, list[Task]] = {pk: [] for pk in runs}
        for task in Task.objects.filter(process__in=runs, status__in=policy.WAITING, flow_task_type=HUMAN).order_by(
            "pk"
        ):
            task.process = runs[task.process_id]
            waiting[task.process_id].append(task)
        keys = {task.body_id for tasks in waiting.values() for task in tasks}
        bodies = subject.root.known_bodies()
        if missing := {key for key in keys if key} - set(bodies):
            bodies |= Body.objects.in_bulk(missing)
        for tasks in waiting.values():
            for task in tasks:
                task.body = bodies.get(task.body_id or 0)
        cache[root] = {run.subject_key: (run, waiting[run.pk]) for run in runs.values()}
    ways = cache[root]
    if subject.subject_key in ways:
        ways[subject.subject_key][0].subject = subject
    return ways


@register.inclusion_tag("workflows/acts.html", takes_context=True)
def acts_panel(context: Any, subject: Any, *, titled: bool = False) -> dict[str, Any]:
    """What the reader may do on a subject now, as links to the pages of the steps; under a heading if `titled`."""
    request = context["request"]
    way = _ways(request, subject).get(subject.subject_key)
    found = policy.possible(rights_of(request), way[0], way[1]) if way else []
    voted = _own_voices(request, [possible.task for possible in found if possible.task])
    acts = [
        {"step": one.step, "task": one.task, "url": step_url(subject, one.step.name, one.item),
         "spoken": one.task and one.task.pk in voted}
        for one in found
    ]  # fmt: skip
    mine, anytime = [a for a in acts if a["task"]], [a for a in acts if not a["task"]]
    return {"subject": subject, "mine": mine, "anytime": anytime, "titled": titled}


def _own_voices(request: Any, tasks: list[Task]) -> set[int]:
    from workflows.models import Voice

    ballots = [task.pk for task in tasks if hasattr(task.flow_task, "count")]
    if not ballots:
        return set()
    return set(Voice.objects.filter(task__in=ballots, person=request.user).values_list("task_id", flat=True))


def step_url(subject: Any, step: str, item: int | None = None) -> str:
    """The page of one step of one subject."""
    kind, pk = subject.subject_key.split(":")
    return reverse("step", args=[kind, pk, step, *([item] if item else [])])


@register.simple_tag(takes_context=True)
def opening_of(context: Any, flow: str) -> Any:
    """The step with which the reader may open a subject of a flow; None when they may not."""
    from workflows.engine import FLOWS

    return FLOWS[flow].start() if policy.openings(rights_of(context["request"]), FLOWS[flow]) else None


@register.inclusion_tag("workflows/held_by.html", takes_context=True)
def held_by(context: Any, person: Any) -> dict[str, Any]:
    """What a person holds alone, as far as the reader may name another: said before they leave."""
    bound = leaving.bound_to(person, rights_of(context["request"]))
    return {"person": person, "bound": bound, "last": leaving.last_of(person)}


@register.simple_tag
def asked_of(case: Any, item: int | None) -> Any:
    """What a third party is asked for that answers an invitation to support; None elsewhere."""
    return case.invitations.filter(pk=item).exclude(support="").first() if item else None


@register.inclusion_tag("workflows/whose_turn.html", takes_context=True)
def whose_turn(context: Any, subject: Any) -> dict[str, Any]:
    """Who has the subject now, with what, until when, and what may come next."""
    way = _ways(context["request"], subject).get(subject.subject_key)
    tasks = way[1] if way else []
    own = rights_of(context["request"]).bodies(SEE_CASES)
    if any(map(is_of_invited, tasks)) and not subject.reads_invitations(own):
        tasks = [task for task in tasks if not is_of_invited(task) or task.body_id in own]
    inside = bool(own)
    grouped: dict[tuple[str, int | None], dict[str, Any]] = {}
    for task in tasks:
        step = task.flow_task
        row = grouped.setdefault(
            (step.name, task.body_id if len(tasks) < 6 else None),
            {"title": step.title if inside else step.public_title, "body": task.body, "task": task,
             "count": 0, "next": [o.label for o in policy.human_outcomes(step) if not o.stays]},
        )  # fmt: skip
        row["count"] += 1
    return {"subject": subject, "rows": list(grouped.values()), "elsewhere": bool(way and way[1]) and not grouped}


@register.inclusion_tag("workflows/way.html", takes_context=True)
def way(context: Any, subject: Any) -> dict[str, Any]:
    """The picture of the subject's way, its current stage marked."""
    found = _ways(context["request"], subject).get(subject.subject_key)
    if not found:
        return {"stops": []}
    passed = Entry.objects.filter(subject=subject.subject_key).order_by("number").values_list("stage_to", flat=True)
    drawn = picture.stops(found[0].flow_class, str(subject.stage), dict.fromkeys(passed))
    return {"stops": drawn, "height": 40 + picture.ROW * (len(drawn) - 1), "subject": subject}


def readable(request: Any, subject: Any) -> Any:
    """The entries of a case's timeline that the reader may read, the newest first."""
    entries = Entry.objects.filter(chain=subject.root.subject_key).readable_by(rights_of(request))
    return entries.select_related("person", "on_behalf", "body").order_by("-number")


@register.inclusion_tag("workflows/timeline.html", takes_context=True)
def timeline(context: Any, subject: Any, limit: int = 12) -> dict[str, Any]:
    """What happened, the newest first; all of it when `limit` is 0."""
    entries = readable(context["request"], subject)
    shown = list(entries[: limit + 1]) if limit else list(entries)
    return {
        "entries": shown[:limit] if limit else shown,
        "more": bool(limit) and len(shown) > limit,
        "subject": subject,
    }


@register.inclusion_tag("workflows/agenda.html", takes_context=True)
def agenda(context: Any, session: Any) -> dict[str, Any]:
    """The cases of a session, the positions so far where the vote is open, and what the reader may do with each."""
    from workflows.cooperation import CooperationFlow
    from workflows.endorsement import standing

    items = list(session.items.select_related("case__requesting", "case__rule", "decision"))
    prefetch_related_objects([item.case for item in items], Party.helping())
    keys = [item.case.subject_key for item in items if not item.outcome]
    waiting = Task.objects.filter(process__subject_key__in=keys, status__in=policy.WAITING)
    ballots = waiting.filter(flow_task=CooperationFlow.step("endorsement")).select_related("process")
    by_case = {task.process.subject_key: task for task in ballots.prefetch_related("voices")}
    seats = set(forms.delegations())
    rows = []
    for item in items:
        task = by_case.get(item.case.subject_key)
        words = standing(voice for voice in task.voices.all() if voice.state in seats) if task else {}
        rows.append({
            "item": item, "secret": bool(words) and not item.case.rule.open_voting, "due": task.due if task else None,
            "said": [words[state] for state in sorted(words)], "recused": sorted(item.case.party_states() & seats),
        })  # fmt: skip
    acts = [one for one in acts_panel(context, session)["anytime"] if hasattr(one["step"].form, "preset")]
    consent = sum(item.consent and not item.outcome for item in items)
    return {"session": session, "rows": rows, "acts": acts, "consent": consent}


@register.inclusion_tag("workflows/case_money.html", takes_context=True)
def case_money(context: Any, case: Any) -> dict[str, Any]:
    """What the Fund set aside and paid for a case."""
    return {"money": books.of_case(case.reference), "case": case}


@register.inclusion_tag("workflows/waiting_line.html")
def waiting_line() -> dict[str, Any]:
    """The cases for which the Fund lacks money, in the order in which they will be served."""
    return {"line": waiting.line()}


@register.simple_tag
def no_room(revision: Any) -> str | None:
    """Why a revision of the budget has no room for what is spent or asked for by now, if it has none."""
    return revision_money.does_not_fit(revision)


@register.simple_tag
def fund_account(currency: str) -> BankAccount | None:
    """The Fund's account in a currency, into which money comes back."""
    return BankAccount.objects.filter(currency=currency).first()


@register.simple_tag
def trip_figures(trip: Any) -> dict[str, Any]:
    """A trip's legs, its estimate and its claim by kind, and what is to be paid or to be recovered."""
    return money.figures(trip)


@register.filter
def task_of(extension: Extension) -> Task:
    """The step for which more time is asked."""
    return Task.objects.select_related("process").get(pk=extension.task)


@register.simple_tag
def step_title(entry: Entry) -> Any:
    """What a timeline entry's step is called today; its name when the flow no longer has it."""
    from workflows.engine import FLOWS

    flow = FLOWS.get(entry.flow)
    try:
        return flow.step(flow.today(entry.step)).title if flow else entry.step
    except KeyError:
        return entry.step


@register.simple_tag
def outcome_label(entry: Entry) -> Any:
    """What a timeline entry's outcome is called today; its name when the step no longer has it."""
    from workflows.engine import FLOWS

    flow = FLOWS.get(entry.flow)
    try:
        if entry.outcome == SPOKE:
            return _("A voice was given")
        return flow.step(flow.today(entry.step)).outcome(entry.outcome).label if flow else entry.outcome
    except (KeyError, AttributeError):
        return entry.outcome


@register.simple_tag
def position_label(choice: str) -> Any:
    """What a delegation said in a vote of the CEAM, in the reader's language."""
    from workflows.cooperation import CooperationFlow

    return CooperationFlow.step("endorsement").outcome(choice).label


@register.simple_tag
def decision_label(decision: Any) -> Any:
    """What a vote of the CEAM came to, in the reader's language."""
    return OUTCOMES[decision.outcome]


@register.simple_tag
def closing_label(decision: Any) -> Any:
    """How a vote of the CEAM came to be closed, in the reader's language."""
    return CLOSINGS[decision.closing]


@register.simple_tag
def stage_label(entry: Entry) -> Any:
    """The name of the stage that an entry reached."""
    from workflows.engine import FLOWS

    flow = FLOWS.get(entry.flow)
    labels = {str(step.stage): step.stage.label for step in flow.steps() if step.stage} if flow else {}
    return labels.get(entry.stage_to, entry.stage_to)
