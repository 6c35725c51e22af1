"""What the directory tells the rooms above it."""

from django.dispatch import Signal

# Somebody was asked to join a body. Sent within the transaction that invites, with `invitation`
# (directory.models.Invitation) and `person` (the account that bears its address).
invited = Signal()
