"""The catalogue's card index: one card for each thing that the search finds, and the words that cards bear."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models.entry import Entry
from ricomi.catalogue.models.offer import StandingOffer


class Card(models.Model):
    """What the search knows of an entry or of a standing offer; written by `cards.write` alone.

    `keys` are what it may be narrowed to: codes of terms, and `country:PY`, `kind:law`, `year:2024`, `language:es`.
    `words` are its stems in its own language, the labels of its terms in all four, the terms that it mentions, and the
    keys, each after a sign with which no word begins.
    """

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, null=True, related_name="card")
    offer = models.OneToOneField(StandingOffer, on_delete=models.CASCADE, null=True, related_name="card")
    kind = models.CharField(_("kind"), max_length=11)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES)
    public = models.BooleanField(_("public"), default=True)
    published_at = models.DateTimeField(_("published"))
    until = models.DateField(_("holds until"), null=True)
    # When the transaction began that first wrote it: since then it can be found.
    found_at = models.DateTimeField(default=timezone.now)
    keys = ArrayField(models.TextField(), verbose_name=_("keys"))
    words = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False, offer__isnull=True) | Q(entry__isnull=True, offer__isnull=False),
                name="card_of_one_thing",
            )
        ]
        indexes = [
            GinIndex(fields=["words"], name="card_words"),
            models.Index(fields=["-published_at", "-id"], name="card_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entry_id or self.offer_id}"


class Writing(models.Model):
    """That cards were written: what was counted before is counted anew. Rows of days past are deleted."""

    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("writing of cards")
        verbose_name_plural = _("writings of cards")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Word(models.Model):
    """A word that stands on some card or in the thesaurus, without its accents, and the stems under which it is kept.

    So that a word typed without accents finds what is written with them, and a misspelt one its nearest neighbours:
    `near` holds the word and what is left of it when any one letter is dropped, and two words that share one of those
    are at most two letters apart.
    """

    form = models.CharField(max_length=40, primary_key=True)
    # Whether it stands on a card that everybody may read: visitors' words are guessed among these alone.
    public = models.BooleanField(default=True)
    stems = ArrayField(models.TextField())
    near = models.GeneratedField(
        expression=models.Func("form", function="catalogue_near"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("word")
        verbose_name_plural = _("words")
        ordering = ["form"]
        indexes = [GinIndex(fields=["near"], name="word_near")]

    def __str__(self) -> str:
        return self.form
