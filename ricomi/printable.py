"""Text that can be printed, for papers and sheets."""

from __future__ import annotations

import unicodedata
from typing import Any

# They turn the order of the letters that follow, so that a paper would show what it doesn't say.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(value: Any) -> Any:
    """The same data without characters that can't be printed or that turn the order of others."""
    if isinstance(value, str):
        return "".join(
            char for char in value if char in "\n\t" or (unicodedata.category(char) != "Cc" and char not in _TURNING)
        )
    if isinstance(value, dict):
        return {key: clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return value
