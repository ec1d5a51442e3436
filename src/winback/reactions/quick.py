"""Pixels and tracked links answered in front of Django: no middleware, no query.

What only Django can say (a forged token's page, another method, a link that this
process has not followed yet) is left to it; the journal is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from winback.core.middleware import POLICY
from winback.reactions import collector
from winback.reactions.answers import (
    Answer,
    known_location,
    link_answer,
    pixel_answer,
)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]
PIXEL_PATH, PIXEL_END = "/t/o/", ".gif"
LINK_PATH = "/t/c/"
STATUS_LINES = {200: "200 OK", 302: "302 Found"}


class TrackingFirst:
    """A WSGI application that takes tracking hits and leaves the rest to another."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application
        self._is_collecting = False

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not self._is_collecting:
            # Not before: a server may fork after it has loaded us.
            collector.start()
            self._is_collecting = True
        answer = quick_answer(environ)
        if answer is None:
            return self._application(environ, start_response)
        start_response(STATUS_LINES[answer.status], _header_lines(answer, environ))
        return [answer.body if environ["REQUEST_METHOD"] == "GET" else b""]


def quick_answer(environ: Environ) -> Answer | None:
    """The answer to a tracking hit, already in the journal; None: ask Django."""
    path: str = environ.get("PATH_INFO", "")
    if not path.startswith("/t/") or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    if path.startswith(LINK_PATH):
        target = _target(environ.get("QUERY_STRING", ""))
        if target is None:
            return None
        token = path[len(LINK_PATH) :]
        return link_answer(token, target, environ, location_of=known_location)
    if path.startswith(PIXEL_PATH) and path.endswith(PIXEL_END):
        return pixel_answer(path[len(PIXEL_PATH) : -len(PIXEL_END)], environ)
    return None


def _target(query: str) -> str | None:
    """The address that travels along, "" if none does; None if it is unreadable."""
    if "u=" not in query:
        return ""
    try:
        values = parse_qs(
            query, keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        return None
    return values.get("u", [""])[-1]


def _header_lines(answer: Answer, environ: Environ) -> list[tuple[str, str]]:
    lines = list((_site_headers() | answer.headers).items())
    lines.append(("Content-Length", str(len(answer.body))))
    if settings.SECURE_HSTS_SECONDS and _is_https(environ):
        lines.append(
            ("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
        )
    return lines


@cache
def _site_headers() -> dict[str, str]:
    """What our middleware puts on every answer."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }


def _is_https(environ: Environ) -> bool:
    return environ.get("HTTP_X_FORWARDED_PROTO") == "https"
