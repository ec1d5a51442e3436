"""Some recipients react, each over the way a real one would take."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import datetime

from winback.web.mailbox.answers import BounceKind
from winback.web.mailbox.rules import read_mail
from winback.web.mailbox.services import (
    press_one_click_unsubscribe,
    send_bounce,
    send_reply,
    send_vacation_notice,
)
from winback.web.mailbox.store import StoredMail

TIMEOUT_SECONDS = 10
# A person's mail program, as it names itself.
MAIL_PROGRAM = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0"
)
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"
_PIXEL = re.compile(r'src="([^"]+/t/o/[^"]+)"')
_LINK = re.compile(r'href="([^"]+/t/c/[^"]+)"')
Reaction = Callable[[StoredMail, datetime], None]


def play(mails: Iterable[StoredMail], *, now: datetime) -> dict[str, int]:
    """Let the mails' recipients react in turn; how many did what.

    Of twelve recipients one replies, two click, three open, one lets a scanner
    click, one is on holiday, one bounces, one unsubscribes, two do nothing.
    """
    played: dict[str, int] = {}
    for number, mail in enumerate(mails):
        name, reaction = _TURNS[number % len(_TURNS)]
        reaction(mail, now)
        played[name] = played.get(name, 0) + 1
    return played


def _open(mail: StoredMail, _now: datetime) -> None:
    _fetch(_found(_PIXEL, mail), MAIL_PROGRAM)


def _click(mail: StoredMail, now: datetime) -> None:
    _open(mail, now)
    _fetch(_found(_LINK, mail), MAIL_PROGRAM)


def _scan(mail: StoredMail, _now: datetime) -> None:
    _fetch(_found(_LINK, mail), SCANNER)


def _reply(mail: StoredMail, now: datetime) -> None:
    send_reply(mail, text="Yes, I am still interested. Please call me.", now=now)


def _vacation(mail: StoredMail, now: datetime) -> None:
    send_vacation_notice(mail, now=now)


def _bounce(mail: StoredMail, now: datetime) -> None:
    send_bounce(mail, kind=BounceKind.HARD, now=now)


def _unsubscribe(mail: StoredMail, _now: datetime) -> None:
    press_one_click_unsubscribe(mail)


def _nothing(_mail: StoredMail, _now: datetime) -> None:
    pass


_TURNS: list[tuple[str, Reaction]] = [
    ("replied", _reply),
    ("clicked", _click),
    ("opened", _open),
    ("nothing", _nothing),
    ("bounced", _bounce),
    ("opened", _open),
    ("clicked", _click),
    ("scanned", _scan),
    ("unsubscribed", _unsubscribe),
    ("opened", _open),
    ("on_holiday", _vacation),
    ("nothing", _nothing),
]


def _found(pattern: re.Pattern[str], mail: StoredMail) -> str:
    match = pattern.search(read_mail(mail.raw).html)
    if match is None:
        raise LookupError(f"mail {mail.id} holds nothing like {pattern.pattern}")
    return html.unescape(match[1])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The redirect is the answer; where it leads lies outside this machine."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _fetch(url: str, user_agent: str) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": user_agent})  # noqa: S310 - our own server
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as error:
        if error.code not in {301, 302, 303, 307, 308}:
            raise
