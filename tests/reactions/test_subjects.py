"""Subjects of notes of absence in many languages, and of people who only sound alike.

A table of our own; ``header`` is one more header that the message has.
"""

import csv
from datetime import date
from pathlib import Path

import pytest
from tests.reactions import mails

from winback.reactions.classify import classify

TABLE = Path(__file__).parents[1] / "data" / "reactions" / "subjects.tsv"


def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def kind_of(row):
    name, _colon, value = row["header"].partition(": ")
    headers = {name: value} if name else {}
    return classify(mails.reply("Gone!", subject=row["subject"], **headers)).kind


@pytest.mark.parametrize("kind", ["auto_reply", "reply"])
def test_notes_of_absence_are_told_from_people_by_subject(kind):
    asked = [row for row in rows() if row["kind"] == kind]
    wrong = [row for row in asked if kind_of(row) != kind]

    assert len(asked) > 60
    assert wrong == []


# Sent on Monday, 4 May 2026.
@pytest.mark.parametrize(
    "text",
    [
        "Sono assente fino al 10 maggio 2026.",
        "Torno l'11 maggio.",
        "Rientro in ufficio il 11 maggio 2026.",
        "Ik ben afwezig tot en met 10 mei.",
        "Ik ben terug op maandag 11 mei 2026.",
        "Vanaf 11 mei ben ik weer bereikbaar.",
        "Estou ausente até 10 de maio de 2026.",
        "Volto em 11 de maio.",
        "Estarei de volta a partir de 11 de maio.",
        "10 Mayıs'a kadar ofis dışındayım.",
        "11 Mayıs 2026'da döneceğim.",
        "11.05.2026 tarihinde ofiste olacağım.",
    ],
)
def test_absent_people_of_more_languages_say_when_they_are_back(text):
    assert classify(mails.absence(text)).returns_on == date(2026, 5, 11)
