"""What a delegation writes for the catalogue, on its way through the secretariat's review to an entry."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi.catalogue.models.entry import Entry
from ricomi.catalogue.models.shown import Shown
from ricomi.directory.authority import SEE_CASES, Authority, oversees
from ricomi.directory.models import Body
from ricomi.directory.subject import Subject, stage_needs_entry


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, rights: Authority) -> DraftQuerySet:
        """Those of the reader's own delegations; all of them for the secretariat and for auditors."""
        return self if reads_all(rights) else self.filter(body__in=rights.bodies(SEE_CASES))


def reads_all(rights: Authority) -> bool:
    """Whether a person reads what all delegations write."""
    return oversees(rights)


class Draft(Subject):
    """What a delegation writes, and the entry that it became.

    `content` is what it says by the names of `listing.Content`: days as ISO 8601 writes them, the year as it was
    stated or none. What is published stands in the entry, while this is being changed. `asked` is what the secretariat
    wanted to be changed when it last returned it; empty when that is settled.
    """

    class Stage(models.TextChoices):
        WRITING = "writing", _("Being written")
        REVIEW = "review", _("Being reviewed")
        PUBLISHED = "published", _("Published")
        CHANGING = "changing", _("Published, being changed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DROPPED = "dropped", _("Dropped")

    BODIES = frozenset({"delegation", "secretariat"})
    ENDED = frozenset({Stage.PUBLISHED, Stage.WITHDRAWN, Stage.DROPPED})
    WITH = ("body", "entry")

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", verbose_name=_("delegation"))
    content = models.JSONField(_("content"))
    asked = models.TextField(_("what the secretariat asks for"), blank=True)
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="draft", verbose_name=_("entry")
    )
    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices, default=Stage.WRITING, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry written by a delegation")
        verbose_name_plural = _("entries written by delegations")
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False) | ~Q(stage__in=["published", "changing", "withdrawn"]),
                name="draft_is_published_as_an_entry",
            )
        ]
        triggers = stage_needs_entry("draft")

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("catalogue:draft", args=[self.reference])

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def kind_label(self) -> str:
        """What kind of entry it is to be, in the reader's language."""
        return str(Entry.Kind(self.content["kind"]).label)

    @property
    def shown(self) -> Shown:
        """What it says, as the page of an entry shows it."""
        return Shown(self.content)

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The body that takes part under a name: the delegation that writes, or the secretariat that reviews."""
        return [self.body_id] if name == "delegation" else super().bodies(name, item)

    def known_bodies(self) -> dict[int, Body]:
        """The delegation, which every page names."""
        return {self.body_id: self.body}
