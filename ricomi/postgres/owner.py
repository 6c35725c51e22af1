"""Whom the server's files and processes belong to: PostgreSQL refuses to run as root."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
# CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE and CAP_SETPCAP, as Linux numbers them.
SEARCH, OVERRIDE, BESTOW = 2, 1, 8
NAMES = {SEARCH: "dac_read_search", OVERRIDE: "dac_override"}


def _capabilities() -> int:
    """What this process may hand on, as Linux's bit mask; 0 on other systems."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("CapEff:", "CapBnd:", "CapPrm:"))]
    everywhere = -1
    for mask in masks:
        everywhere &= mask
    return everywhere if masks else 0


@dataclass(frozen=True)
class Owner:
    """A user, by number; None means the one who runs this process."""

    number: int | None

    @classmethod
    def of(cls, home: Path) -> "Owner":
        """Who owns `home` or is to own it: ourselves, or when we are root the folder's user, else nobody."""
        if os.geteuid() != 0:
            return cls(None)
        holder = home.stat().st_uid if home.exists() else 0
        return cls(holder or NOBODY)

    def take(self, path: Path) -> None:
        """Make `path` this user's own."""
        if self.number is not None and path.stat().st_uid != self.number:
            os.chown(path, self.number, self.number)

    def prefix(self) -> list[str]:
        """The words before a command that make it run as this user.

        The folders above may be closed to everybody but root (a clone under /root), so the right to pass through
        them goes along: to read and search only, where the machine grants that one.
        """
        if self.number is None:
            return []
        if not shutil.which("setpriv"):
            raise FileNotFoundError(2, "running as root needs the program setpriv (package util-linux)", "setpriv")
        words = ["setpriv", f"--reuid={self.number}", f"--regid={self.number}", "--clear-groups"]
        held = _capabilities()
        if held >> BESTOW & 1:
            words.append("--securebits=+no_setuid_fixup")  # else access(2), by which initdb looks, would ignore them
        for capability in (SEARCH, OVERRIDE):
            if held >> capability & 1:
                return [*words, f"--inh-caps=+{NAMES[capability]}", f"--ambient-caps=+{NAMES[capability]}"]
        return words
