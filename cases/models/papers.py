"""What people add to a case: comments and documents; and the filters they save for its list."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from ricomi.directory.authority import SEE_CASES, Authority
from ricomi.directory.models import Body, User


class Audience(models.TextChoices):
    """Who reads a comment or a document."""

    PARTIES = "parties", _("All parties to the case")
    OWN = "own", _("My own delegation or body only")


class PaperQuerySet(models.QuerySet):
    def readable_by(self, rights: Authority) -> PaperQuerySet:
        """What all parties read, and what was written for one of the reader's own bodies."""
        return self.filter(models.Q(audience=Audience.PARTIES) | models.Q(body__in=rights.bodies(SEE_CASES)))


def document_path(document: Document, filename: str) -> str:
    """A path that tells nothing and cannot be steered by the name a file was given."""
    return f"{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


class Paper(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="%(class)ss")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(_("who may read it"), max_length=7, choices=Audience.choices, default=Audience.PARTIES)
    at = models.DateTimeField(default=timezone.now)

    objects = PaperQuerySet.as_manager()

    class Meta:
        abstract = True


class Comment(Paper):
    """A remark on a case."""

    text = models.TextField(_("comment"), max_length=5000)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Document(Paper):
    """A file kept with a case; its type was read from its content, not from its name."""

    file = models.FileField(_("file"), upload_to=document_path)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """A filter of the case list that a person keeps under a name."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=1000)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
