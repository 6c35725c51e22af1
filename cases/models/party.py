"""Who has a part in a case and so sees it, what those who help do in it, and who else may see it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Body, User


class Part(models.TextChoices):
    """The part a body has in a case."""

    REQUESTING = "requesting", _("Requesting state")
    OFFERING = "offering", _("Offering state")
    THIRD = "third", _("Supporting partner")
    INVITED = "invited", _("Invited state")
    SECRETARIAT = "secretariat", _("Secretariat")
    CEAM = "ceam", _("CEAM")
    FUND = "fund", _("Fund")
    OVERSIGHT = "oversight", _("Oversight")


class Support(models.TextChoices):
    """How a third party supports a cooperation between others."""

    TECHNICAL = "technical", _("Technical")
    FINANCIAL = "financial", _("Financial")
    IN_KIND = "kind", _("In kind")


# The parts of those who help: the offering states, and whoever supports them as a third party.
PARTNERS = (Part.OFFERING, Part.THIRD)

# Who may know which states a case invited; an invited state learns of no other.
KNOW_THE_INVITED = (Part.REQUESTING, Part.SECRETARIAT, Part.OVERSIGHT)


class Party(models.Model):
    """A body has a part in a case, and so its people see it, until that part ends.

    Of those who help it is known what they do, for a third party how it supports, and what they last answered to the
    work plan and budget.
    """

    class Answer(models.TextChoices):
        NONE = "", _("No answer yet")
        AGREED = "agreed", _("Agrees to the plan")
        CHANGES = "changes", _("Asks for changes")
        SILENT = "silent", _("No answer in time")
        LEFT = "left", _("Left the cooperation")
        RELEASED = "released", _("Let go")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="parties")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=11, choices=Part.choices)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    does = models.TextField(_("what it does"), blank=True, default="")
    support = models.CharField(_("kind of support"), max_length=9, choices=Support.choices, blank=True, default="")
    answer = models.CharField(
        _("answer to the plan"), max_length=8, choices=Answer.choices, blank=True, default=Answer.NONE
    )

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "body", "part"], name="party_once"),
            models.CheckConstraint(condition=~Q(part="third") | ~Q(support=""), name="party_supports_in_some_way"),
        ]
        indexes = [models.Index(fields=["body", "case"], condition=Q(until__isnull=True), name="party_in_force")]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_part_display()}"

    @property
    def leads(self) -> bool:
        """Whether it is the partner that leads the exchange."""
        return self.part == Part.OFFERING and self.body_id == self.case.offering_id

    @classmethod
    def helping(cls) -> Prefetch:
        """Those who help in each of several cases, to be fetched in one query where pages name them."""
        found = cls.objects.filter(part__in=PARTNERS, until__isnull=True).select_related("body")
        return Prefetch("parties", found, to_attr="helping")

    @classmethod
    def states_in(cls, states: Iterable[str], *parts: Part) -> models.QuerySet[Party]:
        """The parts in force of these states, of those parts: to find their cases by."""
        return cls.objects.filter(body__state__in=states, part__in=parts, until__isnull=True)


class Grant(models.Model):
    """Leave for one person to see one case for a time, given by name and revocable."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="grants")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(_("until"))
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.person}: {self.case_id}"
