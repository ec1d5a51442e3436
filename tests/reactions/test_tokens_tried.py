"""Tokens by the thousand that are not ours: none registers, none redirects.

2,000 tries by default; WINBACK_TEST_TOKENS=100000 for the whole of it, and
WINBACK_TEST_TOKENS_SEED for others.
"""

from __future__ import annotations

import base64
import os
import random
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import override_settings
from tests.factories import RecipientFactory, TrackedLinkFactory

from winback.core.tokens import packed, sign
from winback.reactions import answers
from winback.reactions.answers import link_answer
from winback.reactions.quick import quick_answer

pytestmark = pytest.mark.django_db
TRIES = int(os.environ.get("WINBACK_TEST_TOKENS", "2000"))
SEED = int(os.environ.get("WINBACK_TEST_TOKENS_SEED", "1"))
LETTERS = string.ascii_letters + string.digits + "-_"
EVIL = (
    *("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"),
    *("https://shop.example@evil.example/", "https://shop.example/\r\nX: y", "", " "),
)


def changed(token: str, draw: random.Random) -> str:
    place = draw.randrange(len(token))
    return token[:place] + draw.choice(LETTERS) + token[place + 1 :]


def truncated(token: str, draw: random.Random) -> str:
    return token[: draw.randrange(len(token))]


def lengthened(token: str, draw: random.Random) -> str:
    return token + "".join(draw.choices(LETTERS + "=%/. ", k=draw.randint(1, 30)))


def spelt_otherwise(token: str, draw: random.Random) -> str:
    """The same octets, as base64 would also read them."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    ways = [
        base64.urlsafe_b64encode(raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        token[:-1] + LETTERS[(LETTERS.index(token[-1]) + 1) % len(LETTERS)],
        f"{token}=",
        token.swapcase(),
    ]
    return draw.choice(ways)


def renumbered(token: str, draw: random.Random) -> str:
    """Other numbers before a true signature."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    numbers = packed(*(draw.randrange(2**20) for _ in range(draw.randint(1, 3))))
    return base64.urlsafe_b64encode(numbers + raw[-12:]).decode().rstrip("=")


def of_another_kind(_token: str, draw: random.Random) -> str:
    numbers = [draw.randrange(1, 10) for _ in range(draw.randint(1, 3))]
    return sign(draw.choice(["view", "unsubscribe", "verp", "opens", ""]), *numbers)


def foreign(_token: str, draw: random.Random) -> str:
    """Of another installation, by the same program."""
    with override_settings(SECRET_KEY=f"another {draw.random()}"):
        return sign(draw.choice(["open", "click"]), 1, 1)


def made_up(_token: str, draw: random.Random) -> str:
    return "".join(draw.choices(LETTERS, k=draw.randint(1, 70)))


FORGERIES: list[Callable[[str, random.Random], str]] = [
    *(changed, truncated, lengthened, spelt_otherwise),
    *(renumbered, of_another_kind, foreign, made_up),
]


def test_tokens_that_are_not_ours_register_nothing_and_lead_nowhere(home, rf):
    recipient, link = RecipientFactory(), TrackedLinkFactory()
    answers.stored_location(link.pk)
    target = "https://shop.example/?name=Ann"
    click = sign("click", recipient.pk, link.pk)
    dynamic = sign("click", recipient.pk, link.pk, extra=target)
    opened = sign("open", recipient.pk)
    draw = random.Random(SEED)
    environ = rf.get("/").META

    for number in range(TRIES):
        true = draw.choice([click, dynamic, opened])
        token = FORGERIES[number % len(FORGERIES)](true, draw)
        evil = draw.choice([*EVIL, target])
        if token in {click, dynamic, opened}:  # replayed with what is not its own
            evil = draw.choice(EVIL[:4])
        for path in (f"/t/c/{token}", f"/t/o/{token}.gif"):
            if path == f"/t/o/{opened}.gif":
                continue
            tried = environ | {"PATH_INFO": path, "QUERY_STRING": f"u={quote(evil)}"}
            answer = quick_answer(tried)
            assert answer is None or "Location" not in answer.headers, tried
        # What the view asks behind it.
        asked = link_answer(token, evil, environ, location_of=answers.stored_location)
        assert asked is None, (token, evil)

    assert not (home / "hits").exists()


def test_true_tokens_serve_their_own_purpose_only(home, rf):
    """Replayed: a pixel's token as a link's, a link's as a pixel's."""
    recipient, link = RecipientFactory(), TrackedLinkFactory()
    answers.stored_location(link.pk)
    environ = rf.get("/").META
    opened, click = sign("open", recipient.pk), sign("click", recipient.pk, link.pk)

    tried = [
        quick_answer(environ | {"PATH_INFO": path})
        for path in (f"/t/c/{opened}", f"/t/o/{click}.gif")
    ]

    assert tried[0] is None
    assert tried[1].headers["Content-Type"] == "image/gif"
    assert not (home / "hits").exists()
