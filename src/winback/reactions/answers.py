"""What a pixel or a tracked link is answered, with or without Django around it.

The hit is in the journal before there is an answer. ``environ`` is that of WSGI
(PEP 3333), which Django calls ``request.META``.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri

from winback.core.tokens import verify
from winback.core.visitors import client_address
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.mailings.models import TrackedLink
from winback.reactions import collector
from winback.reactions.models import HitKind
from winback.reactions.rules.visitor import fetch_purpose, ip_prefix
from winback.reactions.services.journal import keep_hit
from winback.reactions.services.storing import (
    SeenHit,
    line_of,
    new_event_id,
    store_lines,
)

logger = logging.getLogger(__name__)
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NO_STORE = "no-store, no-cache, must-revalidate, private, max-age=0"
MAX_TARGET_LENGTH = 8000
MAX_KNOWN_LINKS = 10_000
Environ = Mapping[str, Any]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


_PIXEL_ANSWER = Answer(
    200, {"Content-Type": "image/gif", "Cache-Control": NO_STORE}, PIXEL
)
# Where stored links lead; they never change once a mailing has started.
_known_locations: dict[int, str] = {}


def pixel_answer(token: str, environ: Environ) -> Answer:
    """The same picture for everybody; only a true token leaves a trace."""
    numbers = verify("open", token, count=1)
    if numbers is not None:
        _note(environ, HitKind.OPEN, recipient_id=numbers[0], link_id=None)
    return _PIXEL_ANSWER


def link_answer(
    token: str, target: str, environ: Environ, *, location_of: Callable[[int], str]
) -> Answer | None:
    """On to the link's own address; None for anything that leads nowhere.

    ``target`` is the address that travels along with the token, "" for a link
    whose address is stored: ``location_of`` knows that one, or answers "".
    """
    if len(target) > MAX_TARGET_LENGTH:
        return None
    numbers = verify("click", token, count=2, extra=target)
    if numbers is None:
        return None
    recipient_id, link_id = numbers
    location = location_in_header(target) if target else location_of(link_id)
    if not location:
        return None
    _note(environ, HitKind.CLICK, recipient_id=recipient_id, link_id=link_id)
    headers = {
        "Location": location,
        "Cache-Control": NO_STORE,
        "Referrer-Policy": "no-referrer",
    }
    return Answer(302, headers, b"")


def known_location(link_id: int) -> str:
    """Where a stored link leads if this process knows it; never a query."""
    return _known_locations.get(link_id, "")


def stored_location(link_id: int) -> str:
    """Where a stored link leads; one query the first time. "" if nowhere."""
    if location := _known_locations.get(link_id):
        return location
    url = TrackedLink.objects.filter(pk=link_id).values_list("url", flat=True).first()
    location = location_in_header(url or "")
    if location:
        if len(_known_locations) >= MAX_KNOWN_LINKS:
            _known_locations.clear()
        _known_locations[link_id] = location
    return location


def forget_locations() -> None:
    """For tests, whose databases give the same numbers to other links."""
    _known_locations.clear()


def location_in_header(url: str) -> str:
    """``url`` as it may stand in a Location header; "" unless it is a web page's."""
    if not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.netloc)
    return iri_to_uri(url) if is_web else ""


def _note(
    environ: Environ, kind: HitKind, *, recipient_id: int, link_id: int | None
) -> None:
    """The answer does not depend on this; a test mail (recipient 0) leaves no trace."""
    if recipient_id == TEST_RECIPIENT_ID:
        return
    remote = environ.get("REMOTE_ADDR", "")
    forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
    hit = SeenHit(
        event_id=new_event_id(),
        kind=kind,
        recipient_id=recipient_id,
        link_id=link_id,
        at=datetime.now(UTC),
        method=environ.get("REQUEST_METHOD", ""),
        user_agent=environ.get("HTTP_USER_AGENT", "")[:500],
        ip_prefix=ip_prefix(client_address(remote, forwarded_for)),
        purpose=fetch_purpose(environ),
    )
    try:
        keep_hit(hit)
    except (OSError, TypeError):  # TypeError: letters that UTF-8 does not know
        _store_past_the_journal(hit)
    else:
        collector.wake()


def _store_past_the_journal(hit: SeenHit) -> None:
    """A full disk: slower, but the database may be elsewhere."""
    logger.warning("The journal of hits cannot be written.", exc_info=True)
    try:
        store_lines([line_of(hit)])
    except Exception:
        logger.exception("A hit of recipient %d is lost.", hit.recipient_id)
