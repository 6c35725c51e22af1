"""What the directory tells the rooms above it."""

from django.dispatch import Signal

# Somebody was asked to join a body. Sent within the transaction that invites, with `invitation`
# (directory.models.Invitation) and `person` (the account that bears its address).
invited = Signal()

# One person gave another authority, or that came to an end. Sent within the transaction that does it, with
# `delegation` (directory.models.Delegation); whether it was revoked or ran out, its `revoked_at` says.
delegated = Signal()
delegation_ended = Signal()

# Somebody holds a role no longer. Sent within the transaction that ends it, with `bodies`, the keys of the bodies.
left = Signal()
