"""From records to mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from tests.factories import NOW
from tests.segments.conftest import lead

from winback.consent.models import OptOut, Topic
from winback.segments.waterfall import (
    Reach,
    Waterfall,
    people,
    planned_rows_sql,
    waterfall,
)

pytestmark = pytest.mark.django_db
NOBODY = {"match": "all", "rules": [{"field": "stage", "op": "in", "value": []}]}


@pytest.fixture
def reach():
    topic = Topic.objects.get(is_default=True)
    return Reach(tree={}, user=None, topic_id=topic.pk, frequency_cap_days=7, now=NOW)


@pytest.fixture
def one_of_each(reach):
    lead("Missing", email="", email_normalized="")
    lead("Invalid", email="no address", email_normalized="")
    lead("Mailed now", email_normalized="first@example.org")
    lead("Twin", email_normalized="first@example.org", blacklisted=True)
    lead("Black", blacklisted=True)
    lead("Out")
    lead("Out for a while")
    lead("Back again")
    lead("Paused", paused_until=NOW + timedelta(seconds=1))
    lead("Pause over", paused_until=NOW)
    lead("Once a month", mail_gap_days=30, last_mailed_at=NOW - timedelta(days=29))
    lead("A month ago", mail_gap_days=30, last_mailed_at=NOW - timedelta(days=30))
    lead("Once a quarter", mail_gap_days=91, last_mailed_at=NOW - timedelta(days=90))
    lead("Recent", last_mailed_at=NOW - timedelta(days=7))
    lead("Long ago", last_mailed_at=NOW - timedelta(days=7, seconds=1))
    lead("Archived", active=False)
    for name, until in (
        ("out", None),
        ("out_for_a_while", NOW + timedelta(days=1)),
        ("back_again", NOW),
    ):
        OptOut.objects.create(
            address=f"{name}@example.org",
            topic_id=reach.topic_id,
            created_at=NOW,
            until=until,
        )


def test_waterfall_gives_every_reason_once(one_of_each, reach):
    assert waterfall(reach) == Waterfall(
        matched=15,
        left_out={
            "no_address": 1,
            "invalid_address": 1,
            "duplicate": 1,
            "blacklisted": 1,
            "opted_out": 2,
            "paused": 1,
            "fewer_mails": 2,
            "recently_mailed": 1,
        },
        will_be_mailed=5,
    )


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, 15),
        ("", ["Mailed now", "Back again", "Pause over", "A month ago", "Long ago"]),
        ("no_address", ["Missing"]),
        ("invalid_address", ["Invalid"]),
        ("duplicate", ["Twin"]),
        ("blacklisted", ["Black"]),
        ("opted_out", ["Out", "Out for a while"]),
        ("paused", ["Paused"]),
        ("fewer_mails", ["Once a month", "Once a quarter"]),
        ("recently_mailed", ["Recent"]),
    ],
)
def test_people_behind_each_figure_are_those_counted(
    one_of_each, reach, reason, expected
):
    found = people(reach, reason=reason).order_by("pk")

    names = [one.title for one in found]
    assert names == expected if isinstance(expected, list) else len(names) == expected


def test_waterfall_takes_one_statement(one_of_each, reach, django_assert_num_queries):
    with django_assert_num_queries(1):
        waterfall(reach)


def test_waterfall_without_cap_and_topic_leaves_nobody_out_for_them(one_of_each, reach):
    figures = waterfall(replace(reach, topic_id=None, frequency_cap_days=0))

    assert (figures.left_out["opted_out"], figures.left_out["recently_mailed"]) == (
        0,
        0,
    )
    assert figures.will_be_mailed == 8


def test_planned_rows_are_the_waterfall_row_by_row(one_of_each, reach):
    sql, params = planned_rows_sql(reach)

    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY lead_id", params)
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()

    assert columns == ["lead_id", "address", "language", "reason"]
    assert [row[3] for row in rows] == [
        "no_address",
        "invalid_address",
        "",
        "duplicate",
        "blacklisted",
        "opted_out",
        "opted_out",
        "",
        "paused",
        "",
        "fewer_mails",
        "",
        "fewer_mails",
        "recently_mailed",
        "",
    ]
    assert rows[2][1] == "first@example.org"


def test_tree_that_matches_nobody_gives_zeros_and_no_rows(reach):
    lead("Somebody")
    nobody = replace(reach, tree=NOBODY)

    sql, params = planned_rows_sql(nobody)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()

    assert rows == []
    assert waterfall(nobody).matched == 0
    assert list(people(nobody, reason="")) == []
