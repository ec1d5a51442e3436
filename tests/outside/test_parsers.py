"""What goes out reads the same in Python's parser and in another, without faults."""

from __future__ import annotations

import email
import json
import shutil
import subprocess
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from tests.faults.unit import PROJECT
from tests.outside.conftest import NAMES, Delivered

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def read_by_another(delivered: list[Delivered]) -> list[dict]:
    """postal-mime's view of each mail."""
    own = PROJECT / ".venv" / "node" / "node"  # where the machine's is too old
    done = subprocess.run(
        [
            own if own.exists() else shutil.which("node") or "node",
            PROJECT / "tests" / "outside" / "parse.mjs",
            *(mail.file for mail in delivered),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pythons_parser_finds_no_defect(delivered: list[Delivered]) -> None:
    defects = [
        (mail.file.name, defect)
        for mail in delivered
        for part in mail.read.walk()
        for defect in (*part.defects, *header_defects(part))
    ]

    assert delivered
    assert defects == []


def test_both_parsers_read_the_same(
    delivered: list[Delivered], read_by_another: list[dict]
) -> None:
    for mail, other in zip(delivered, read_by_another, strict=True):
        ours = mail.read
        assert other["subject"] == ours["Subject"]
        assert other["messageId"] == ours["Message-ID"]
        assert address(other["from"]) == parsed_address(mail, "From")
        assert [address(to) for to in other["to"]] == [parsed_address(mail, "To")]
        assert headers(other) == [name.lower() for name in ours.keys()]  # noqa: SIM118
        assert lines(other["text"]) == lines(text(ours, "plain"))
        assert lines(other["html"]) == lines(text(ours, "html"))
        assert other["attachments"] == []


def test_odd_names_arrive_as_they_are(read_by_another: list[dict]) -> None:
    names = {" ".join(name.split()) for name in NAMES}
    subjects = {" ".join(mail["subject"].split()) for mail in read_by_another}

    assert {f"For {name}" for name in names} <= subjects


def header_defects(part: EmailMessage) -> list[object]:
    return [defect for value in part.values() for defect in value.defects]


def parsed_address(mail: Delivered, header: str) -> tuple[str, str]:
    """By Python's older parser: its newer one parts words that belong together."""
    value = email.message_from_bytes(mail.raw)[header]
    name, spec = parseaddr(value.replace("\n", ""))
    return str(make_header(decode_header(name))), spec


def address(told: dict[str, str]) -> tuple[str, str]:
    return told["name"], told["address"]


def headers(told: dict) -> list[str]:
    return [header["key"] for header in told["headers"]]


def text(message: EmailMessage, kind: str) -> str:
    return message.get_body((kind,)).get_content()


def lines(told: str) -> list[str]:
    return told.rstrip().splitlines()
