"""How a file from the bank, or a payment, is refused."""

from django.core.exceptions import ValidationError


class Unreadable(ValidationError):
    """A statement file of which nothing may be taken; the sentence says why, and what to do about it."""


class NotPayable(ValidationError):
    """A payment that no bank would carry out; the sentence says what to correct.

    `code` names the part of a party that is wrong (`name`, `country`, `account`, `bic`), where it is one.
    """
