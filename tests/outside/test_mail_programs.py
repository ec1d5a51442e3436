"""Our templates, as they go out, ask nothing of mail programs that harms without.

What a program can do is told by caniemail's data, what is right HTML by
html-validate. Neither asks a network.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.unit import PROJECT
from tests.outside.conftest import Delivered

pytestmark = pytest.mark.outside
MOST_BYTES = 60 * 1024
# What some program lacks, and why the mail is as good without it.
DOES_WITHOUT = {
    "@media": "the layout is fluid and light by itself; only dark colours are lost",
    "<style> element": "every rule but dark colours and widths is inlined",
    "color-scheme meta tag": "the program then darkens as it likes, or not",
    "display:none": "hides the preheader, which is also 1 px high and see-through",
    "opacity": "hides the preheader a third time",
    "max-height property": "hides the preheader a fourth time",
    "overflow": "keeps corners round, which are square there anyway",
    "border-radius": "corners are square",
    "cursor": "the pointer over a button's rim",
    "target attribute": "the program opens links as it likes",
    "word-spacing": "the compiler's own, for its outlook columns",
    "word-break": "long words widen their cell",
    "table-layout": "columns of equal width, which the cells say too",
    "role attribute": "a screen reader there tells of layout tables",
    "<body> element": "what the body says, its first div says too",
}
# Gone from HTML for pages; the only thing that Outlook for Windows understands.
MAIL_ATTRIBUTES = {
    "align",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "height",
    "valign",
    "width",
}
_DEPRECATED = re.compile(r"Attribute \"(\w+)\" is deprecated on <\w+> element")


@pytest.fixture(scope="module")
def templates(delivered: list[Delivered]) -> list[Delivered]:
    return [mail for mail in delivered if mail.template]


@pytest.fixture(scope="module")
def told(templates: list[Delivered], tmp_path_factory: pytest.TempPathFactory) -> list:
    """What is missing where, and what is no right HTML, of each mail."""
    return ask([html(mail) for mail in templates], tmp_path_factory.mktemp("html"))


def ask(parts: list[str], folder: Path) -> list[dict]:
    own = PROJECT / ".venv" / "node" / "node"  # where the machine's is too old
    files = [folder / f"{number}.html" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        file.write_text(part, encoding="utf-8")
    done = subprocess.run(
        [
            own if own.exists() else shutil.which("node") or "node",
            PROJECT / "tests" / "outside" / "clients.mjs",
            *files,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def html(mail: Delivered) -> str:
    part = mail.read.get_body(("html",))
    assert part is not None
    return part.get_content()


def text(mail: Delivered) -> str:
    part = mail.read.get_body(("plain",))
    assert part is not None
    return part.get_content()


def missing(answer: dict) -> set[str]:
    return {title for _client, titles in answer["missing"] for title in titles}


def test_nothing_that_gmail_outlook_or_apple_mail_lack_is_needed(
    templates: list[Delivered], told: list[dict]
) -> None:
    harmful = {
        (mail.template, mail.language): missing(answer) - DOES_WITHOUT.keys()
        for mail, answer in zip(templates, told, strict=True)
    }

    assert len(harmful) == 24
    assert {name: lacks for name, lacks in harmful.items() if lacks} == {}


def test_html_is_right_but_for_what_only_mail_needs(
    templates: list[Delivered], told: list[dict]
) -> None:
    faults = [
        (mail.template, mail.language, fault)
        for mail, answer in zip(templates, told, strict=True)
        for fault in answer["faults"]
        if not is_for_mail(fault)
    ]

    assert faults == []


def is_for_mail(fault: dict) -> bool:
    found = _DEPRECATED.fullmatch(fault["message"])
    return found is not None and found[1] in MAIL_ATTRIBUTES


def test_the_programs_are_asked_in_earnest(tmp_path: Path) -> None:
    page = (
        "<!doctype html><html lang='en'><head><title>x</title></head><body>"
        '<p style="display:grid;position:sticky">x</div></body></html>'
    )

    answer = ask([page], tmp_path)[0]

    assert missing(answer) - DOES_WITHOUT.keys()
    assert [fault for fault in answer["faults"] if not is_for_mail(fault)]


def test_each_part_has_what_law_and_readers_ask_for(
    templates: list[Delivered],
) -> None:
    for mail in templates:
        page, plain = html(mail), text(mail)
        assert len(page.encode()) < MOST_BYTES
        for part in (page, plain):
            assert "1 Market Street, 79000 Lviv" in part
            assert "/u/" in part
        pictures = re.findall(r"<img[^>]*>", page)
        assert ["/t/o/" in picture for picture in pictures] == [True]  # our own
        assert all(" alt=" in picture for picture in pictures)
        assert "\n\n\n" not in plain.replace("\r", "")
        assert not re.search(r"[<>{}\u200b]|&\w+;", plain), plain
