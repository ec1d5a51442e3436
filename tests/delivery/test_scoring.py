from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.delivery.conftest import NOW, due_mailing
from tests.factories import LeadFactory
from tests.webserver import Page, serving
from winback.delivery.checks_outside import outside_lines
from winback.delivery.scoring import Score, ScorerError, ask_rspamd, ask_spamd
from winback.mailings.check_lines import Level, Planned

HAM = b"SPAMD/1.1 0 EX_OK\r\nContent-length: 21\r\nSpam: False ; 1.0 / 5.0\r\n\r\n"
SPAM = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1003.2 / 5.0\r\n\r\nGTUBE,HTML_MESSAGE"


@contextlib.contextmanager
def spamd(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A scorer on loopback that says ``answer``; where it is and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                talk, _client = server.accept()
                with talk:
                    while piece := talk.recv(65536):
                        heard.append(piece)
                    talk.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", heard
        thread.join(timeout=5)


def test_ask_spamd_gives_points_limit_and_rules():
    with spamd(HAM + b"ALL_TRUSTED, HTML_MESSAGE\r\n") as (place, heard):
        score = ask_spamd(place, b"Subject: x\r\n\r\nHello\r\n")

    assert score == Score(1.0, 5.0, ["ALL_TRUSTED", "HTML_MESSAGE"])
    assert not score.is_spam
    assert b"".join(heard) == (
        b"SYMBOLS SPAMC/1.5\r\nContent-length: 21\r\n\r\nSubject: x\r\n\r\nHello\r\n"
    )


def test_ask_spamd_spam_is_spam():
    with spamd(SPAM) as (place, _heard):
        assert ask_spamd(place, b"x").is_spam


@pytest.mark.parametrize(
    "answer", [b"", b"SPAMD/1.0 76 Bad header line\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_ask_spamd_without_a_score_says_why(answer):
    with spamd(answer) as (place, _heard), pytest.raises(ScorerError):
        ask_spamd(place, b"x")


def test_ask_spamd_that_is_not_there(free_port):
    with pytest.raises(ScorerError, match="refused"):
        ask_spamd(f"127.0.0.1:{free_port}", b"x")


def test_ask_rspamd_gives_points_limit_and_the_heaviest_rules():
    answer = {
        "score": 6.5,
        "required_score": 6,
        "symbols": {"MIME_GOOD": {"score": -0.1}, "R_BAD": {"score": 6.6}, "ODD": 1},
    }
    with serving() as server:
        server.pages["/checkv2"] = Page(body=json.dumps(answer).encode())
        score = ask_rspamd(f"http://127.0.0.1:{server.port}", b"x")

    assert score == Score(6.5, 6.0, ["R_BAD", "ODD", "MIME_GOOD"])
    assert score.is_spam


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"score": null}', b"{}"])
def test_ask_rspamd_without_a_score_says_why(body):
    with serving() as server:
        server.pages["/checkv2"] = Page(body=body)
        with pytest.raises(ScorerError):
            ask_rspamd(f"http://127.0.0.1:{server.port}", b"x")


@pytest.fixture
def lines(settings):
    """The check's lines of a mailing with these scorers."""

    def told(**scorers: str) -> list[tuple[Level, str]]:
        settings.CONFIG = dataclasses.replace(settings.CONFIG, **scorers)
        mailing = due_mailing(state="draft", scheduled_at=None)
        planned = Planned(mailing=mailing, figures=None, now=NOW)
        return [(line.level, line.text) for line in outside_lines(planned)]

    return told


@pytest.mark.django_db
def test_line_without_a_scorer_there_is_none(lines):
    LeadFactory()

    assert lines() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (HAM, (Level.GOOD, "SpamAssassin: 1 points, spam from 5.")),
        (
            SPAM,
            (
                Level.WARN,
                "SpamAssassin takes the mail for spam: 1,003.2 points, spam from 5.",
            ),
        ),
        (
            b"",
            (
                Level.UNKNOWN,
                "Spam score: SpamAssassin does not answer (no answer).",
            ),
        ),
    ],
)
def test_line_tells_the_score_of_the_first_persons_mail(lines, answer, line):
    LeadFactory(contact_name="Olha Koval")
    with spamd(answer) as (place, heard):
        assert lines(spamd=place) == [line]

    assert b"To: Olha Koval" in b"".join(heard)


@pytest.mark.django_db
def test_line_without_anybody_is_not_asked(lines):
    assert lines(spamd="127.0.0.1:1") == [
        (Level.UNKNOWN, "Spam score: not asked, there is no mail to show.")
    ]
