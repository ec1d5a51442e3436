"""The mail as a page, for people whose mail program shows it badly."""

from __future__ import annotations

import email
import email.policy
import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from winback.content.errors import ContentError
from winback.content.merge import MERGE_RELATIONS
from winback.core.tokens import verify
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.delivery.compose.letters import Addressee, Letters
from winback.delivery.links import open_url
from winback.mailings.models import Fate, Recipient

logger = logging.getLogger(__name__)
# Whoever may have got it: a mail can be read before its row is written, and of an
# uncertain one nobody knows better than the person who presses its link.
MAY_HAVE_ARRIVED = (Fate.SENT, Fate.HANDING_OVER, Fate.UNCERTAIN)
# The mail may show pictures and its own styles; it runs nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' http: https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)


@require_safe
def view_online(request: HttpRequest, token: str) -> HttpResponse:
    """What was sent to this person, written again; looking at it counts nothing.

    The contents of a mailing that has begun never change, so the link works for
    as long as the mailing is kept. Facts about the person are those of today.
    """
    numbers = verify("view", token, count=1)
    if numbers == [TEST_RECIPIENT_ID]:
        return _private(render(request, "reactions/view_test.html"))
    html = _html(numbers[0]) if numbers else ""
    if not html:
        return _private(render(request, "reactions/link_expired.html", status=404))
    response = _private(HttpResponse(html))
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _html(recipient_id: int) -> str:
    """The HTML part, titled, without its pixel; "" if there is no such mail."""
    relations = [f"lead__{name}" for name in MERGE_RELATIONS]
    recipient = (
        Recipient.objects.select_related("mailing", "lead", *relations)
        .filter(pk=recipient_id, fate__in=MAY_HAVE_ARRIVED)
        .first()
    )
    if recipient is None:
        return ""
    try:
        letters = Letters.of(recipient.mailing)
        composed = letters.compose(Addressee.of(recipient), now=timezone.now())
    except (ContentError, ValueError):
        logger.warning("The mail of recipient %d cannot be shown.", recipient_id)
        return ""
    mail = email.message_from_bytes(composed.content, policy=email.policy.default)
    part = mail.get_body(("html", "plain"))
    html = str(part.get_content()) if part else ""
    titled = html.replace(
        "<title></title>", f"<title>{escape(mail['Subject'])}</title>"
    )
    return titled.replace(open_url(recipient_id), "data:,")


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
