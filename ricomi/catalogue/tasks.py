"""What the card index owes to the passing of days."""

from __future__ import annotations

import datetime

from django.utils import timezone
from procrastinate.contrib.django import app

from ricomi.catalogue import cards
from ricomi.catalogue.models import StandingOffer, Writing


@app.periodic(cron="20 0 * * *")
@app.task(queue="clock", pass_context=False)
def turn_the_day(timestamp: int) -> int:
    """Offers that have begun are found from now on; notes of writings past are deleted. Returns how many begin."""
    beginning = list(StandingOffer.objects.in_force().filter(card__isnull=True).values_list("pk", flat=True))
    cards.write(offers=beginning)
    Writing.objects.filter(at__lt=timezone.now() - datetime.timedelta(days=1)).delete()
    return len(beginning)
