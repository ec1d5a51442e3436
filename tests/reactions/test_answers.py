"""What mail servers and providers are known to answer, in a table of our own.

``form`` is the step: ``rcpt``, ``data``, ``mail``, ``connect`` as Postfix quotes
it, ``own`` where the system that reports says it itself, without a quoted answer.
"""

import csv
import textwrap
from pathlib import Path

import pytest
from tests.reactions import mails

from winback.reactions.classify import classify

TABLE = Path(__file__).parents[1] / "data" / "reactions" / "answers.tsv"
STEPS = {
    "rcpt": "RCPT TO command",
    "data": "end of DATA command",
    "mail": "MAIL FROM command",
    "connect": "initial connection",
}


def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def notice_of(row):
    words = row["words"].replace("\\n", "\n").replace("\\t", "\t")
    if row["form"] == "own":
        return mails.notice(f"{words}\n")
    said = f"host mx.example.org[192.0.2.9] said: {words}"
    step = STEPS[row["form"]]
    return mails.notice(f"<ann@example.org>: {said} (in reply to {step})\n")


def is_right(row):
    found = classify(notice_of(row))
    return (found.kind, found.bounce, found.reason, found.recipients) == (
        "bounce",
        row["strength"],
        row["reason"],
        ["ann@example.org"],
    )


@pytest.mark.parametrize("strength", ["hard", "soft"])
def test_answers_of_known_servers_are_judged_right(strength):
    asked = [row for row in rows() if row["strength"] == strength]
    wrong = [row for row in asked if not is_right(row)]

    assert len(asked) > 140
    assert wrong == []


def broken(row):
    """The notice with its long line broken as Postfix and Exim break them."""
    head, body = notice_of(row).decode().split("\n\n", 1)
    lines = textwrap.wrap(
        body,
        72,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([head, "", *lines, ""]).encode()


def test_answers_broken_over_lines_are_judged_alike():
    quoted = [row for row in rows() if row["form"] != "own"]
    wrong = [row for row in quoted if classify(broken(row)).bounce != row["strength"]]

    assert len(quoted) > 400
    assert wrong == []
