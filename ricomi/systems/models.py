"""Information systems, the editions in which their data came, and the records with the editions in which they stood."""

from __future__ import annotations

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import User
from ricomi.systems.adapters import Adapter, adapters
from ricomi.systems.reading.faults import said


class System(models.Model):
    """One information system: from where and how often it is read, and the last good edition.

    What it is says its adapter; a system whose adapter is no longer installed keeps its data, and is not shown.
    """

    code = models.SlugField(_("code"), primary_key=True)
    address = models.URLField(_("address"), max_length=500, blank=True)
    every = models.PositiveSmallIntegerField(_("read again after days"), default=30)
    by_itself = models.BooleanField(_("taken in by itself"), default=False)
    current = models.ForeignKey(
        "Edition", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("last good edition")
    )
    looked_at = models.DateTimeField(_("last read"), null=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set"), null=True)

    class Meta:
        verbose_name = _("information system")
        verbose_name_plural = _("information systems")
        ordering = ["code"]

    def __str__(self) -> str:
        return str(self.adapter.title) if self.code in adapters() else self.code

    def get_absolute_url(self) -> str:
        return reverse("systems:system", args=[self.code])

    @property
    def adapter(self) -> Adapter:
        """How it is read. Raises KeyError when that is no longer installed."""
        return adapters()[self.code]

    @property
    def shelf(self) -> type[Versioned]:
        """The model in which its records are kept."""
        return SHELVES[self.adapter.keeps]

    @property
    def public_address(self) -> str:
        """Its address without what stands after a question mark, which may be a key."""
        return self.address.partition("?")[0]


def kept_path(edition: Edition, filename: str) -> str:
    """A path that tells nothing and cannot be steered by the name a file was given."""
    return f"systems/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


class Edition(models.Model):
    """One file that came from a system, what it would change, and what became of it."""

    class State(models.TextChoices):
        READING = "reading", _("being read")
        WAITING = "waiting", _("read, to be decided")
        TAKING = "taking", _("being taken in")
        TAKEN_IN = "taken_in", _("taken in")
        SAME = "same", _("nothing new")
        REFUSED = "refused", _("not taken in")
        BROKEN = "broken", _("broken")

    UNDER_WAY = (State.READING, State.TAKING)

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.READING)
    source = models.CharField(_("source"), max_length=500, help_text=_("The name of a file, or an address."))
    file = models.FileField(_("file"), upload_to=kept_path, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sample = models.BooleanField(_("sample"), default=False)
    arrived_at = models.DateTimeField(_("arrived"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    percent = models.PositiveSmallIntegerField(_("read so far"), default=0)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)
    rows = models.PositiveIntegerField(_("records"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    gone = models.PositiveIntegerField(_("gone"), default=0)
    samples = models.JSONField(default=dict)
    holds = models.JSONField(default=dict, editable=False)
    standing = models.PositiveIntegerField(default=0, editable=False)
    fault = models.JSONField(null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("edition of a system")
        verbose_name_plural = _("editions of systems")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="system_edition_numbered_once"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="system_edition_at_most_whole"),
        ]
        triggers = [pgtrigger.Protect(name="system_edition_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.system_id} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("systems:edition", args=[self.system_id, self.number])

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is to read it or to take it in."""
        return self.state in self.UNDER_WAY

    @property
    def reason(self) -> str:
        """Why it is broken, in the reader's language; empty when it is not."""
        return said(self.fault) if self.fault else ""


class VersionedQuerySet(models.QuerySet["Any"]):
    def at(self, system: System, edition: Edition | None) -> VersionedQuerySet:
        """The records of a system as they stood in an edition that was taken in; none in no edition."""
        if edition is None:
            return self.none()
        if edition.pk == system.current_id:
            return self.standing(system)
        after = Q(until__isnull=True) | Q(until__gt=edition.pk)
        return self.filter(after, system=system, since__lte=edition.pk)

    def standing(self, system: System) -> VersionedQuerySet:
        """The records of a system as they stand now."""
        return self.filter(system=system, until__isnull=True)


class Versioned(models.Model):
    """One record as it stood from an edition on, until another changed it or it had gone."""

    FIELDS: tuple[str, ...] = ()

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    since = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", db_index=False)
    until = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = VersionedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    def said(self) -> dict[str, Any]:
        """Its content as its adapter gave it."""
        return {name: self._plain(getattr(self, name)) for name in self.FIELDS}

    @staticmethod
    def _plain(value: Any) -> Any:
        return value if value is None or isinstance(value, str | int) else str(value)


def _standing(name: str) -> list[Any]:
    """One version of a record stands at a time; it began before it ended."""
    return [
        models.UniqueConstraint(fields=["system", "key"], condition=Q(until__isnull=True), name=f"{name}_stands_once"),
        models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gt=F("since")), name=f"{name}_in_order"),
    ]


class Record(Versioned):
    """A record of a system that has no table of its own."""

    FIELDS = ("content",)

    content = models.JSONField(_("content"))

    class Meta(Versioned.Meta):
        verbose_name = _("record")
        verbose_name_plural = _("records")
        ordering = ["key"]
        constraints = _standing("system_record")
        triggers = [pgtrigger.Protect(name="system_record_stays", operation=pgtrigger.Delete)]

    def said(self) -> dict[str, Any]:
        return dict(self.content)


class Figure(Versioned):
    """A figure of a series: how many of a sex and an origin a country counted in a year. None is a missing one."""

    FIELDS = ("series", "country", "year", "sex", "origin", "unit", "value", "status", "note")

    series = models.CharField(_("series"), max_length=40)
    country = models.CharField(_("country"), max_length=2)
    year = models.PositiveSmallIntegerField(_("year"))
    sex = models.CharField(_("sex"), max_length=1)
    origin = models.CharField(_("origin"), max_length=2)
    unit = models.CharField(_("unit"), max_length=10)
    value = models.DecimalField(_("value"), max_digits=19, decimal_places=4, null=True)
    status = models.CharField(_("status"), max_length=1)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(Versioned.Meta):
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["series", "country", "year", "origin", "sex"]
        constraints = [
            *_standing("system_figure"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0), name="system_figure_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["series", "year", "country"], condition=Q(until__isnull=True), name="system_figure_now"
            ),
            models.Index(
                fields=["series", "country", "year", "origin", "sex"],
                condition=Q(until__isnull=True),
                name="system_figure_listed",
            ),
            models.Index(
                fields=["country", "series", "year"], condition=Q(until__isnull=True), name="system_figure_history"
            ),
        ]
        triggers = [pgtrigger.Protect(name="system_figure_stays", operation=pgtrigger.Delete)]


class Programme(Versioned):
    """A programme of temporary employment from one country to another; `places` and `placed` are people."""

    FIELDS = (
        "name", "language", "origin", "destination", "sector", "begins", "ends", "places", "placed", "employer", "link",
        "summary",
    )  # fmt: skip

    name = models.CharField(_("name"), max_length=300)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES)
    origin = models.CharField(_("country of origin"), max_length=2)
    destination = models.CharField(_("country of destination"), max_length=2)
    sector = models.CharField(_("sector"), max_length=20)
    begins = models.DateField(_("from"))
    ends = models.DateField(_("to"), null=True)
    places = models.PositiveIntegerField(_("places offered"))
    placed = models.PositiveIntegerField(_("people placed"), null=True)
    employer = models.CharField(_("kind of employer"), max_length=20, blank=True)
    link = models.CharField(_("link"), max_length=1000, blank=True)
    summary = models.TextField(_("summary"), blank=True)

    class Meta(Versioned.Meta):
        verbose_name = _("programme of temporary employment")
        verbose_name_plural = _("programmes of temporary employment")
        ordering = ["origin", "destination", "key"]
        constraints = _standing("system_programme")
        indexes = [
            models.Index(
                fields=["origin", "destination", "key"], condition=Q(until__isnull=True), name="system_programme_pair"
            ),
        ]
        triggers = [pgtrigger.Protect(name="system_programme_stays", operation=pgtrigger.Delete)]


SHELVES: dict[str, type[Versioned]] = {"record": Record, "figure": Figure, "programme": Programme}
