"""Hostile input in numbers: to the composer, and as a server's answers.

A few thousand by default; WINBACK_TEST_HOSTILE_INPUTS=100000 for the full size.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.delivery.smtp_script import DROP, ScriptedServer, Session, running
from tests.delivery.smtp_talk import MAIL, in_loop, server_for
from tests.delivery.test_compose import compose
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.rules import Outcome, Stage, judge_answer
from winback.delivery.smtp.connection import Answer, connect
from winback.delivery.smtp.loop import Loop
from winback.delivery.smtp.replies import NonsenseError, ReplyReader
from winback.delivery.smtp.wire import ServerFaultError

INPUTS = int(os.environ.get("WINBACK_TEST_HOSTILE_INPUTS", "3000"))
LONGEST_LINE = 998  # RFC 5322, 2.1.1
NASTY = [
    "\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\x1b[2J", "\t", " ", ".", "..",
    "\r\n.\r\n", "\n.\n", "\r\nBcc: all@example.com", "\r\n\r\n<html>", "=?utf-8?q?",
    "=?utf-8?b?DQpCY2M6IHg=?=", "=\r\n", "=0D=0A", "--=_", "Subject: x", "%0d%0a",
    "<script>", "{{ x }}", "\\", '"', "<", ">", "@", ",", ";", ":", "(", ")", "é",
    "і", "Ж", "ی", "\u200c", "\u202e", "你", "😀", "e\u0301", "a" * 300, " " * 90,
]  # fmt: skip
HEADERS = [
    "Date", "From", "To", "Subject", "Message-ID", "Reply-To", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Precedence", "Auto-Submitted", "Feedback-ID",
    "Content-Language", "MIME-Version", "Content-Type",
]  # fmt: skip


@pytest.fixture
def dice() -> random.Random:
    return random.Random(5)


def nasty(dice: random.Random, *, most: int = 8) -> str:
    return "".join(dice.choices(NASTY, k=dice.randint(0, most)))


def assert_unharmed(mail: ComposedMail) -> None:
    head, _, body = mail.content.partition(b"\r\n\r\n")
    fields = [
        line for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))
    ]
    assert [field.partition(b":")[0].decode() for field in fields] == HEADERS
    for line in mail.content.split(b"\r\n"):
        assert len(line) <= LONGEST_LINE
        assert not line.startswith(b".")
        assert b"\n" not in line
        assert b"\r" not in line
        assert b"\0" not in line
    boundary = head.rpartition(b'boundary="')[2].partition(b'"')[0]
    assert body.count(b"--" + boundary) == 3
    assert body.isascii()
    for octets in (mail.sender.encode(), mail.recipient.encode()):
        assert not set(octets) & set(b"\r\n\0")


def test_compose_hostile_values_break_out_of_nothing(dice: random.Random) -> None:
    written = 0
    for _ in range(INPUTS):
        address = dice.choice(["a@b.example", f"{nasty(dice, most=3)}@b.example"])
        try:
            mail = compose(
                nasty(dice),
                [nasty(dice), nasty(dice)],
                [nasty(dice), nasty(dice), nasty(dice)],
                text_values=[nasty(dice)],
                html_values=[nasty(dice), nasty(dice)],
                name=nasty(dice),
                from_name=nasty(dice),
                address=address,
            )
        except ValueError:
            assert address != "a@b.example"
            continue
        assert_unharmed(mail)
        written += 1
    assert written >= INPUTS / 2


def test_replies_hostile_answers_are_replies_or_nonsense(dice: random.Random) -> None:
    words = [b"250", b"354", b"550", b"421", b"5.1.1", b"\xff", b"\0", b"-", b" ",
             b"\r", b"\n", b"\r\n", b"x" * 5000, b"9", b"25", b"\xd0"]  # fmt: skip
    nonsense = 0
    for _ in range(INPUTS):
        said = b"".join(dice.choices(words, k=dice.randint(1, 12)))
        reader, cut = ReplyReader(), dice.randint(1, 40)
        try:
            for start in range(0, len(said), cut):
                for reply in reader.feed(said[start : start + cut]):
                    assert 200 <= reply.code <= 599
                    assert reply.text.isprintable()
                    judged = judge_answer(
                        dice.choice(list(Stage)), reply.code, reply.text
                    )
                    assert isinstance(judged, Outcome)
        except NonsenseError:
            nonsense += 1
    assert 0 < nonsense < INPUTS


# What a broken server says; the second lot could be taken for other answers.
BROKEN = [b"nonsense\r\n", b"\0\0", DROP, b"421 4.7.0 bye\r\n", b"450 4.2.0 later\r\n",
          b"550 5.1.1 \xff\x00\r\n", b"x" * 9000]  # fmt: skip
MISLEADING = [
    b"250 ok\r\n250 and again\r\n",
    b"250-half\r\n",
    b"354 go\r\n",
    b"220 what\r\n",
]


@pytest.mark.parametrize("answers", [BROKEN, BROKEN + MISLEADING])
def test_hand_over_hostile_server_every_mail_has_one_outcome(
    dice: random.Random, answers: list[bytes]
) -> None:
    """And SENT is only what was taken, unless the server says 250 of something else."""
    given: list[Answer] = []

    def script(_session: Session, _event: str) -> bytes | None:
        return dice.choice(answers) if dice.random() < 0.2 else None

    async def talk(loop: Loop) -> None:
        for _ in range(max(INPUTS // 100, 20)):
            try:
                connection = await connect(loop, server_for(scripted))
            except ServerFaultError:
                continue
            while connection.is_open:
                given.append(await connection.hand_over(MAIL, begin=lambda: None))

    with running(ScriptedServer(script=script)) as scripted:
        in_loop(talk)

    sent = sum(answer.outcome is Outcome.SENT for answer in given)
    unknown = sum(answer.outcome is Outcome.UNCERTAIN for answer in given)
    assert {answer.outcome for answer in given} > {Outcome.SENT, Outcome.RETRY}
    if answers is BROKEN:
        assert sent <= len(scripted.mails) <= sent + unknown
