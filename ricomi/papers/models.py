"""Papers that were issued: what each says, its code, and its very bytes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.papers import codes


class PaperQuerySet(models.QuerySet["Paper"]):
    def light(self) -> PaperQuerySet:
        """Without the file and what was set in it, for pages that only speak of papers."""
        return self.defer("pdf", "data")

    def of(self, kind: str, number: str) -> PaperQuerySet:
        """One paper in all its languages."""
        return self.filter(kind=kind, number=number)

    def unrendered(self) -> PaperQuerySet:
        """Papers whose file was not made yet."""
        return self.filter(sha256__isnull=True)


class Paper(models.Model):
    """One language of a paper. Written when it is issued, its file once afterwards by the worker, then never again.

    The file is kept in the row: it comes in one transaction with its hash, the same trigger keeps both, and a backup of
    the database holds all that verification needs. Some 60 to 90 kB each.
    """

    kind = models.SlugField(_("kind"), max_length=30)
    about = models.CharField(_("about"), max_length=60, help_text=_("The reference of what the paper is about."))
    number = models.CharField(_("number"), max_length=60)
    date = models.DateField(_("date"))
    language = models.CharField(_("language"), max_length=2, choices=l10n.LANGUAGES)
    issued_at = models.DateTimeField(_("issued"))
    code = models.CharField(_("verification code"), max_length=codes.LENGTH)
    data = models.JSONField(help_text=_("All that the template sets."))
    summary = models.JSONField(default=list, help_text=_("What the code alone tells: pairs of a label and a text."))
    sha256 = models.CharField(max_length=64, null=True, unique=True, editable=False)
    pdf = models.BinaryField(null=True, editable=False)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["-issued_at", "number", "language"]
        indexes = [models.Index(fields=["about"], name="paper_about")]
        constraints = [
            models.UniqueConstraint(fields=["code", "language"], name="paper_once_a_language"),
            models.UniqueConstraint(fields=["kind", "number", "language"], name="paper_number_once"),
            models.CheckConstraint(
                name="paper_hash_is_of_its_file",
                condition=Q(sha256__isnull=True, pdf__isnull=True)
                | Q(
                    sha256__isnull=False,
                    pdf__isnull=False,
                    sha256=Func(Func(F("pdf"), function="sha256"), Value("hex"), function="encode"),
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="issued_for_good", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="said_once", exclude=["sha256", "pdf"]),
            pgtrigger.Protect(
                name="rendered_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__sha256__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.language})"

    @property
    def grouped_code(self) -> str:
        """The code in groups of four."""
        return codes.grouped(self.code)
