"""What mails fetch: the open pixel, and links that lead on."""

from __future__ import annotations

import base64
import logging
import threading
from functools import lru_cache
from urllib.parse import urlsplit

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from winback.core.tokens import verify
from winback.core.visitors import visitor_address
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.mailings.models import TrackedLink
from winback.reactions.models import HitKind
from winback.reactions.rules.visitor import fetch_purpose, ip_prefix
from winback.reactions.services.hits import SeenHit, record_hit
from winback.reactions.services.kept import bring_in_hits, keep_hit
from winback.reactions.tasks import wake_judge

logger = logging.getLogger(__name__)
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NO_STORE = "no-store, no-cache, must-revalidate, private, max-age=0"
MAX_TARGET_LENGTH = 8000
# Set at the start: a process before this one may have kept some, and died.
_may_have_kept = threading.Event()
_may_have_kept.set()


@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The same picture for everybody; only a true token leaves a trace."""
    numbers = verify("open", token, count=1)
    if numbers is not None:
        _record(request, HitKind.OPEN, recipient_id=numbers[0], link_id=None)
    return HttpResponse(
        PIXEL, content_type="image/gif", headers={"Cache-Control": NO_STORE}
    )


@require_safe
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """On to the link's own address; anything not signed by us leads nowhere."""
    target = request.GET.get("u", "")
    numbers = (
        verify("click", token, count=2, extra=target)
        if len(target) <= MAX_TARGET_LENGTH
        else None
    )
    if numbers is None:
        return _expired(request)
    recipient_id, link_id = numbers
    url = target or _stored_url(link_id)
    if not _is_web_address(url):
        return _expired(request)
    _record(request, HitKind.CLICK, recipient_id=recipient_id, link_id=link_id)
    return HttpResponse(
        status=302,
        headers={
            "Location": iri_to_uri(url),
            "Cache-Control": NO_STORE,
            "Referrer-Policy": "no-referrer",
        },
    )


def _record(
    request: HttpRequest, kind: HitKind, *, recipient_id: int, link_id: int | None
) -> None:
    """The answer does not depend on this; a test mail (recipient 0) leaves no trace."""
    if recipient_id == TEST_RECIPIENT_ID:
        return
    hit = SeenHit(
        kind=kind,
        recipient_id=recipient_id,
        link_id=link_id,
        at=timezone.now(),
        method=request.method or "",
        user_agent=request.headers.get("User-Agent", ""),
        ip_prefix=ip_prefix(visitor_address(request)),
        purpose=fetch_purpose(request.headers),
    )
    try:
        is_known = record_hit(hit)
    except Exception:
        # The reader gets the picture or the page even if the database is away.
        _keep(hit)
        return
    if is_known:
        wake_judge()
    _bring_in_what_was_kept()


def _keep(hit: SeenHit) -> None:
    try:
        keep_hit(hit)
        logger.warning("A hit waits for the database.", exc_info=True)
    except OSError:
        logger.exception("A hit of recipient %d is lost.", hit.recipient_id)
    _may_have_kept.set()


def _bring_in_what_was_kept() -> None:
    """Apart from this request, which may not wait for those of an hour."""
    if _may_have_kept.is_set():
        _may_have_kept.clear()
        threading.Thread(target=_bring_in, daemon=True).start()


def _bring_in() -> None:
    try:
        bring_in_hits()
    finally:
        connections.close_all()  # this thread's own


@lru_cache(maxsize=10_000)
def _known_url(link_id: int) -> str:
    return TrackedLink.objects.values_list("url", flat=True).get(pk=link_id)


def _stored_url(link_id: int) -> str:
    """Links never change once a mailing has started, so each is read once."""
    try:
        return _known_url(link_id)
    except TrackedLink.DoesNotExist:
        return ""


def _is_web_address(url: str) -> bool:
    """Whether ``url`` may stand in a Location header and leads to a web page."""
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _expired(request: HttpRequest) -> HttpResponse:
    response = render(request, "reactions/link_expired.html", status=404)
    response.headers["Cache-Control"] = NO_STORE
    response.headers["X-Robots-Tag"] = "noindex"
    return response
