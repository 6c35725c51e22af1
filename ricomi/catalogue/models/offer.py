"""What a state is ready to share with any other that asks."""

from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models.term import POPULATIONS, THEMES, Term
from ricomi.directory.models import Body, User


class StandingOfferQuerySet(models.QuerySet["StandingOffer"]):
    def in_force(self, on: datetime.date | None = None) -> StandingOfferQuerySet:
        """Offers that hold on a day (UTC; today when none is given) and were not withdrawn."""
        day = on or l10n.today()
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day, withdrawn_at__isnull=True)

    def for_list(self) -> StandingOfferQuerySet:
        """What a list shows of each offer, in a constant number of queries."""
        return self.select_related("body").prefetch_related("themes", "populations")


class StandingOffer(models.Model):
    """What a state is ready to share with any other that asks, until it says otherwise."""

    class Modality(models.TextChoices):
        EXPERT = "expert", _("visit of an expert")
        STUDY_VISIT = "study_visit", _("study visit to the offering state")
        TRAINING = "training", _("training course")
        REMOTE = "remote", _("advice at a distance")
        MATERIALS = "materials", _("exchange of documents and tools")

    body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        related_name="standing_offers",
        verbose_name=_("delegation"),
        limit_choices_to={"kind": Body.Kind.DELEGATION},
    )
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what is offered"), max_length=5000)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES, default="es")
    modality = models.CharField(_("how"), max_length=11, choices=Modality.choices, default=Modality.EXPERT)
    themes = models.ManyToManyField(Term, related_name="+", limit_choices_to=THEMES, verbose_name=_("themes"))
    populations = models.ManyToManyField(
        Term, related_name="+", limit_choices_to=POPULATIONS, blank=True, verbose_name=_("populations")
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=l10n.LANGUAGES),
        verbose_name=_("working languages"),
        help_text=_("The languages in which your people can work."),
    )
    costs = models.CharField(
        _("what it costs, and who bears it"),
        max_length=300,
        blank=True,
        help_text=_("Such as: no fee; travel and daily allowance are borne by the requesting state."),
    )
    since = models.DateField(_("holds from"), default=l10n.today)
    until = models.DateField(
        _("holds until"),
        null=True,
        blank=True,
        help_text=_("The last day; leave it empty for an offer without an end."),
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = StandingOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing offer")
        verbose_name_plural = _("standing offers")
        ordering = ["body", "title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="offer_ends_after_it_began"
            ),
            models.UniqueConstraint(
                fields=["body", "title"], condition=Q(withdrawn_at__isnull=True), name="offer_title_once_a_delegation"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="offer_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalogue:offer", args=[self.pk])

    @property
    def language_names(self) -> list[str]:
        """The working languages, each by its own name."""
        return [name for code, name in l10n.LANGUAGES if code in self.languages]

    @property
    def first_day(self) -> str:
        """The first day, as the reader writes it."""
        return l10n.day(self.since)

    @property
    def last_day(self) -> str:
        """The last day, as the reader writes it; empty for an offer without an end."""
        return l10n.day(self.until) if self.until else ""
