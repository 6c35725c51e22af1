"""The thesaurus: the words by which everything in the catalogue is classified and found, in four languages."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.search import Query


class TermQuerySet(models.QuerySet["Term"]):
    def themes(self) -> TermQuerySet:
        """The objectives of the Global Compact for Migration, in their order."""
        return self.filter(kind=Term.Kind.THEME)

    def populations(self) -> TermQuerySet:
        """The groups of people whom a cooperation serves."""
        return self.filter(kind=Term.Kind.POPULATION)

    def sectors(self) -> TermQuerySet:
        """Purposes of aid by their DAC/CRS codes."""
        return self.filter(kind=Term.Kind.SECTOR)


class Term(models.Model):
    """A word of the network's thesaurus, named in four languages."""

    class Kind(models.TextChoices):
        THEME = "theme", _("theme")
        POPULATION = "population", _("population")
        SECTOR = "sector", _("sector")
        TARGET = "target", _("target of the Sustainable Development Goals")
        FORUM = "forum", _("forum")
        HELP = "help", _("kind of help")
        CONCEPT = "concept", _("subject")

    code = models.SlugField(_("code"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    labels = models.JSONField(_("labels"), help_text=_("Labels by language code."))
    others = models.JSONField(_("other words"), default=dict, help_text=_("Synonyms by language code."))
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["kind", "order", "code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The term in the reader's language."""
        return l10n.in_language(self.labels)


class Label(models.Model):
    """A word or phrase of one language by which a term or a country is known, as the search compares it.

    Written from the thesaurus and from CLDR by `reference.load`; `code` is a term's, or `country:` with an ISO code.
    """

    code = models.CharField(max_length=60)
    language = models.CharField(max_length=2, choices=l10n.LANGUAGES)
    text = models.CharField(max_length=200)
    stems = ArrayField(models.TextField())
    phrase = Query()

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["code", "language", "text"]
        constraints = [models.UniqueConstraint(fields=["code", "language", "text"], name="label_once_a_term")]
        # Of stems in their order the first is asked for; few labels share it.
        indexes = [models.Index("stems__0", name="label_first_stem")]

    def __str__(self) -> str:
        return self.text


THEMES = {"kind": Term.Kind.THEME}
POPULATIONS = {"kind": Term.Kind.POPULATION}
