"""The code that a paper bears: random, and easy to read aloud and to type."""

from __future__ import annotations

import secrets

# Base 32 without the letters that are taken for a digit or for each other; 20 of them hold 100 random bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
_MISREAD = str.maketrans("ILO", "110")


def new() -> str:
    """A code that nobody can guess, without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """A code as people read it, in groups of four: `7K2M-0QXD-…`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read(typed: str) -> str:
    """The code that somebody typed, whatever their spaces, hyphens and case; empty when it can be none."""
    if len(typed) > 100:
        return ""
    code = "".join(char for char in typed.upper() if char.isalnum()).translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""
