"""How people sign in: by invitation only."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: one joins by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
