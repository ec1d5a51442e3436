"""The reader against messages that nobody of us wrote; each prints a table by source.

The bounds are what was reached, rounded down; each better rule raises them.
"""

import csv
import sys
from collections import Counter

import pytest
from tests.reactions import mails

from winback.reactions.classify import classify
from winback.reactions.classify.visible import visible_text

pytestmark = pytest.mark.conformance


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def addresses(cell):
    return {address.lower() for address in cell.split(";") if address}


def counted(row, found):
    """What is asked of one bounce, and what of it is right."""
    named = [addresses(row[f"{name}recipients"]) for name in ("", "alt_")]
    is_named = bool(named[0])
    is_right = is_named and set(found.recipients) in filter(None, named)
    has_report = is_named and row["has_dsn"] == "1"
    strengths = {row["class"], row["class_alt"] or row["class"]}
    return {
        "kind": (found.kind == "bounce", True),
        "recipient": (is_right, is_named),
        "with report": (is_right and has_report, has_report),
        "strength": (found.bounce in strengths, bool(row["class"])),
        "soft not hard": (found.bounce != "hard", row["class"] == "soft"),
        "final": (found.final == row["final"], True),
    }


def table(counts):
    """Each source's shares in percent, for ``pytest -s``."""
    lines = []
    for source, (right, asked) in sorted(counts.items()):
        shares = [
            f"{name} {right[name]}/{asked[name]}" for name in asked if asked[name]
        ]
        lines.append(f"{source:10} " + ", ".join(shares))
    return "\n".join(lines)


def test_real_bounces_are_read_right(shared_data):
    counts = {"all": (Counter(), Counter())}
    for row in rows_of(shared_data / "bounces" / "expected.csv"):
        if row["kind"] != "bounce":
            continue
        found = classify((shared_data / "bounces" / row["file"]).read_bytes())
        for source in ("all", row["source"]):
            right, asked = counts.setdefault(source, (Counter(), Counter()))
            for name, (is_right, is_asked) in counted(row, found).items():
                right[name] += is_right and is_asked
                asked[name] += is_asked
    sys.stdout.write("\n" + table(counts) + "\n")
    right, asked = counts["all"]
    share = {name: right[name] / asked[name] for name in asked}

    assert asked["kind"] == 422
    assert share["kind"] == 1
    assert share["recipient"] >= 0.98
    assert share["with report"] >= 0.995
    assert share["strength"] >= 0.98
    assert share["soft not hard"] >= 0.99
    assert share["final"] >= 0.99


def test_what_is_no_bounce_is_not_called_one(shared_data):
    folder = shared_data / "bounces"
    kinds = {
        row["file"]: classify((folder / row["file"]).read_bytes()).kind
        for row in rows_of(folder / "expected.csv")
        if row["kind"] != "bounce"
    }

    assert len(kinds) == 4
    assert "bounce" not in kinds.values()


def test_real_complaints_are_read_right(shared_data):
    rows = rows_of(shared_data / "arf" / "expected.csv")
    wrong = []
    for row in rows:
        found = classify((shared_data / "arf" / row["file"]).read_bytes())
        people = addresses(row["recipients"])
        if found.reason != row["feedback_type"] or (
            people and set(found.recipients) != people
        ):
            wrong.append(row["file"])

    assert len(rows) == 18
    assert wrong == []


def test_real_replies_are_told_from_automatic_ones(shared_data):
    folder = shared_data / "replies"
    wrong = [
        row["file"]
        for row in rows_of(folder / "kinds_expected.csv")
        if (classify((folder / row["file"]).read_bytes()).kind == "auto_reply")
        != (row["kind"] == "autoreply")
    ]

    assert wrong == []


def test_real_replies_of_people_are_never_called_automatic(shared_data):
    folder = shared_data / "replies"
    names = [
        row["input"]
        for row in rows_of(folder / "visible_expected.csv")
        if row["format"] == "eml"
    ]
    kinds = Counter(classify((folder / name).read_bytes()).kind for name in names)

    assert len(names) == 12
    assert kinds == {"reply": 12}


def test_real_replies_show_what_was_written(shared_data):
    folder = shared_data / "replies"
    rows = rows_of(folder / "visible_expected.csv")
    right, asked = Counter(), Counter()
    for row in rows:
        raw = (folder / row["input"]).read_bytes()
        text = raw.decode("utf-8", "replace")
        if row["format"] == "text":
            found = visible_text(text)
        else:
            found = classify(
                raw if row["format"] == "eml" else mails.html_reply(text)
            ).visible_text
        expected = (folder / row["expected"]).read_text("utf-8", "replace")
        asked[row["source"]] += 1
        right[row["source"]] += found.split() == expected.split()
    for name in asked:
        sys.stdout.write(f"{name:10} {right[name]}/{asked[name]}\n")

    # The other two keep a signature, which is to be left out.
    assert (right.total(), asked.total()) == (24, 26)


def test_every_file_that_anybody_collected_gets_an_answer(shared_data):
    files = [path for path in shared_data.rglob("*.eml") if path.is_file()]

    assert len(files) > 400
    assert {classify(path.read_bytes()).reason for path in files} & {
        "unreadable"
    } == set()
