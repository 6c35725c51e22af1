"""What is asked and who was asked: the budget's lines and the invitations to states."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import budget
from cases.counterpart import Counterpart
from cases.models.case import Case
from cases.models.party import Support
from ricomi.directory.models import Body


class BudgetLine(models.Model):
    """A line of the budget, in the case's currency; keeps what the request first stated beside what holds now."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    number = models.CharField(_("line"), max_length=12)
    concept = models.CharField(_("concept"), max_length=300)
    unit_cost = models.DecimalField(_("unit cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    units = models.JSONField(_("units"), default=list, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    original = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.number} {self.concept}"

    @property
    def is_section(self) -> bool:
        return "." not in self.number

    @property
    def stated_first(self) -> Decimal | None:
        """The amount that the request first stated, if it came from a form."""
        printed = (self.original or {}).get("amount")
        return Decimal(printed) if printed is not None else None

    @property
    def differs(self) -> bool:
        """Whether the line was corrected since it was first stated."""
        return self.original is not None and self.stated_first != self.amount

    def as_line(self) -> budget.Line:
        """The line as the checks of `cases.budget` read it."""
        return budget.Line(
            number=self.number,
            concept=self.concept,
            stated=self.amount,
            unit_cost=self.unit_cost,
            units=tuple((unit, Decimal(str(quantity))) for unit, quantity in self.units),
            parent=self.number.rsplit(".", 1)[0] if "." in self.number else None,
        )


class Invitation(models.Model):
    """A state is asked to help with a case, and what it answered."""

    class Answer(models.TextChoices):
        WAITING = "waiting", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        COUNTERED = "countered", _("Counter-offer")
        DECLINED = "declined", _("Declined")
        SILENT = "silent", _("Did not answer in time")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="invitations")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", verbose_name=_("state"))
    round = models.PositiveSmallIntegerField(default=1)
    open_call = models.BooleanField(_("by open call"), default=False)
    sent_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, default=Answer.WAITING)
    terms = models.TextField(_("what the state offers"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    chosen = models.BooleanField(default=False)
    # Of a third party that was asked to support the cooperation of others: how, and with what. Else empty.
    support = models.CharField(_("kind of support"), max_length=9, choices=Support.choices, blank=True, default="")
    asked_for = models.TextField(_("what it is asked to do"), blank=True, default="")

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["round", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "body", "round"], name="invitation_once_a_round")]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_answer_display()}"

    @property
    def offers_help(self) -> bool:
        return self.answer in {self.Answer.ACCEPTED, self.Answer.COUNTERED}


def budget_of(case: Case) -> budget.Budget:
    """The case's budget as it stands now, in the form in which it is checked."""
    return as_budget(case.lines.all(), case.counterparts, case.amount_asked, case.stated_total, case.currency)


def contradictions(planned: budget.Budget, asked: Decimal | None) -> list[str]:
    """What in a budget does not add up, a sentence each; also that more is asked from the Fund than its total."""
    found = [one.message() for one in budget.discrepancies(planned)] if planned.lines else []
    if asked and planned.lines and asked > budget.computed_total(planned):
        found.append(str(_("More is asked from the Fund than the budget's total.")))
    return found


def as_budget(
    lines: Iterable[BudgetLine], parts: Iterable[Counterpart], asked: Decimal | None, total: Decimal | None,
    currency: str,
) -> budget.Budget:  # fmt: skip
    """A budget in the form in which it is checked; where parties put something in, all sources make up its total."""
    own = tuple((one.side, one.amount) for one in parts)
    return budget.Budget(
        lines=tuple(line.as_line() for line in lines), stated_total=total, currency=currency,
        financing=(("fund", asked or Decimal(0)), *own) if own else (),
    )  # fmt: skip
