"""What the catalogue tells the rooms above it."""

from django.dispatch import Signal

# A delegation published a standing offer or put other words to it. Sent within the transaction that writes it, with
# `offer` (catalogue.models.StandingOffer).
offered = Signal()
