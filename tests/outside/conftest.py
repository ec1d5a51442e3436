"""Mails as they really go out."""

from __future__ import annotations

import email
import email.policy
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.delivery.smtp_script import ScriptedServer, running, wait_for
from tests.faults.house import House
from tests.faults.unit import PROJECT
from winback.content.premade import premade_templates

LANGUAGES = {"olivia": "en", "olha": "uk", "maryam": "fa"}
NAMES = [
    "Zoë O'Neill, Jr. <admin@evil.example>",
    'Quote "Me" \\ Backslash',
    "=?utf-8?q?not_an_encoded_word?=",
    "名前" * 60,
    "👩‍👩‍👧‍👦 family 🇺🇦",
    "نام\u200cخانوادگی با نیم‌فاصله",
    "e\u0301 decomposed and Ünïcödé",
    "a" * 190,
    " tab\tand  spaces ",
    "{{ lead.email }} {% raw %} <b>&amp;</b>",
]


@dataclass(frozen=True)
class Delivered:
    """One mail as the server got it."""

    template: str  # its key; empty for the mailing to people with odd names
    language: str
    raw: bytes
    file: Path

    @property
    def read(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Delivered]]:
    """Each premade template in each language, and the mails to odd names."""
    keys = [premade.key for premade in premade_templates()]
    folder = tmp_path_factory.mktemp("delivered")
    (folder / "names.json").write_text(json.dumps(NAMES))
    with running(ScriptedServer()) as sink:
        house = House(folder, sink, settings={"WINBACK_TIME_ZONE": "Europe/Kyiv"})
        try:
            house.migrate()
            house.run(
                sys.executable,
                str(PROJECT / "tests" / "outside" / "fill_templates.py"),
                str(folder / "names.json"),
            )
            house.start("beat")
            house.start("worker")
            wanted = len(keys) * len(LANGUAGES) + len(NAMES)
            wait_for(lambda: len(sink.mails) >= wanted, seconds=120)
        finally:
            house.close()
        yield [
            _delivered(folder / f"{number}.eml", keys, recipient, raw)
            for number, (_, recipient, raw) in enumerate(sink.mails)
        ]


def _delivered(file: Path, keys: list[str], recipient: str, raw: bytes) -> Delivered:
    file.write_bytes(raw)
    number = re.search(rb"^Feedback-ID: (\d+):", raw, re.M)
    assert number, raw[:2000]
    key = [*keys, ""][int(number[1]) - 1]
    language = LANGUAGES.get(recipient.partition("@")[0], "")
    return Delivered(key, language, raw, file)
