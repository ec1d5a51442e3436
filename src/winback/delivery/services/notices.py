"""News for the person who is responsible for a mailing."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from winback.accounts.models import NoticeTone
from winback.accounts.services import tell
from winback.core.formats import number_text
from winback.delivery.services.words import in_language_of
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums


def tell_finished(mailing: Mailing, *, now: datetime) -> None:
    """Every recipient has a final fate: how many have which."""
    sums = ledger_sums(mailing)
    with in_language_of(mailing.responsible):
        text = _("“%(name)s” has been sent: %(sent)s sent, %(failed)s failed.") % {
            "name": mailing,
            "sent": number_text(sums.sent),
            "failed": number_text(sums.failed),
        }
        if sums.uncertain:
            more = _("%(count)s uncertain: perhaps they arrived.")
            text += " " + more % {"count": number_text(sums.uncertain)}
    bad = sums.failed + sums.uncertain
    tone = NoticeTone.WARN if bad else NoticeTone.GOOD
    tell(mailing.responsible, text, tone=tone, url=_page(mailing), now=now)


def tell_stopped(mailing: Mailing, reason: str, *, now: datetime) -> None:
    """A guard halted it; ``reason`` is in the person's language already."""
    text = f"“{mailing}”: {reason}"
    url = _page(mailing)
    tell(mailing.responsible, text, tone=NoticeTone.BAD, url=url, now=now)


def _page(mailing: Mailing) -> str:
    return reverse("mailings:mailing", args=[mailing.pk])
