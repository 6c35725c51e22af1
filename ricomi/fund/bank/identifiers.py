"""Accounts, banks and references as ISO 13616, ISO 9362 and ISO 20022 write them."""

from __future__ import annotations

import re
import unicodedata

from ricomi import l10n

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_REFERENCE = re.compile(r"[A-Za-z0-9?:().,'+ -]+(?:/[A-Za-z0-9?:().,'+ -]+)*")
_OUTSIDE_SET = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
# Kosovo has accounts under a code that ISO 3166 leaves to its users.
_OTHER_COUNTRIES = {"XK"}
# What has no letter of the Latin alphabet inside that decomposition would lay bare.
_SPELT = str.maketrans({
    "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "ß": "ss", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d",
    "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "ı": "i", "–": "-", "—": "-", "‘": "'", "’": "'", "“": "'", "”": "'",
    '"': "'", "«": "'", "»": "'", "&": "+", "_": "-", ";": ",", "…": "...",
})  # fmt: skip


def iban_is_sound(text: str) -> bool:
    """Whether an account number is an IBAN whose check digits are right; spaces and small letters do not matter."""
    iban = compact(text)
    if not _IBAN.fullmatch(iban) or not _is_country(iban[:2]):
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def looks_like_iban(text: str) -> bool:
    """Whether an account number is written as an IBAN, be it right or mistyped."""
    iban = compact(text)
    return bool(_IBAN.fullmatch(iban)) and _is_country(iban[:2])


def bic_is_sound(text: str) -> bool:
    """Whether a bank's code has the form of a BIC, of 8 or 11 characters, and names a country."""
    found = _BIC.fullmatch(compact(text))
    return found is not None and _is_country(found[1])


def reference_is_sound(text: str, most: int = 35) -> bool:
    """Whether banks hand a reference on unchanged: at most `most` characters of their set, slashes only between."""
    return len(text) <= most and text == text.strip() and _REFERENCE.fullmatch(text) is not None


def compact(text: str) -> str:
    """An account number or a bank's code without spaces, in capitals."""
    return "".join(text.split()).upper()


def folded(text: str) -> str:
    """A text without accents, e.g. `Peru` for `Perú`; other alphabets stay as they are."""
    split = unicodedata.normalize("NFKD", text.translate(_SPELT))
    return "".join(char for char in split if not unicodedata.combining(char))


def latin(text: str, most: int) -> str:
    """A text in the character set that all banks carry, in one line of at most `most` characters."""
    return " ".join(_OUTSIDE_SET.sub(" ", folded(text)).split())[:most].rstrip()


def _is_country(code: str) -> bool:
    return code in _OTHER_COUNTRIES or l10n.is_country(code)
