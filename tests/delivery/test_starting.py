"""The start of a mailing writes a ledger that adds up, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.delivery.conftest import NOW, due_mailing
from tests.factories import LeadFactory, LostLeadFactory
from winback.consent.models import BlacklistReason
from winback.consent.services import blacklist_address
from winback.crm.models import LostReason
from winback.delivery.services import start_mailing
from winback.mailings.models import AT_ONCE, TrackedLink
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db


def test_start_mailing_everybody_gets_a_row_and_a_reason() -> None:
    LeadFactory(email="olha@example.com", language="uk")
    LeadFactory(email="Olha@Example.com")
    LeadFactory(email="")
    LeadFactory(email="nonsense")
    LeadFactory(email="no@example.com")
    LeadFactory(email="recent@example.com", last_mailed_at=NOW - timedelta(days=1))
    blacklist_address("no@example.com", reason=BlacklistReason.BY_HAND, now=NOW)
    mailing = due_mailing()

    assert start_mailing(mailing, now=NOW) is True

    mailing.refresh_from_db()
    rows = mailing.recipients.order_by("lead_id").values_list(
        "address", "language", "fate", "left_out_reason", "due_at"
    )
    assert list(rows) == [
        ("olha@example.com", "uk", "ready", "", AT_ONCE),
        ("olha@example.com", "", "left_out", "duplicate", None),
        ("", "", "left_out", "no_address", None),
        ("", "", "left_out", "invalid_address", None),
        ("no@example.com", "", "left_out", "blacklisted", None),
        ("recent@example.com", "", "left_out", "recently_mailed", None),
    ]
    assert (mailing.state, mailing.started_at) == ("sending", NOW)
    sums = ledger_sums(mailing)
    assert (sums.matched, sums.will_be_mailed, sums.hold) == (6, 1, True)


def test_start_mailing_links_of_every_content_are_numbered_once() -> None:
    LeadFactory()
    mailing = due_mailing()

    start_mailing(mailing, now=NOW)

    urls = TrackedLink.objects.filter(content__version__mailing=mailing)
    assert list(urls.values_list("url", flat=True)) == ["https://shop.example/lamp"] * 2


def test_start_mailing_called_twice_starts_once() -> None:
    LeadFactory()
    mailing = due_mailing()

    assert [start_mailing(mailing, now=NOW) for _ in range(2)] == [True, False]
    assert mailing.recipients.count() == 1


def test_start_mailing_before_its_time_does_not_start() -> None:
    LeadFactory()
    mailing = due_mailing(scheduled_at=NOW + timedelta(seconds=1))

    assert start_mailing(mailing, now=NOW) is False
    assert mailing.recipients.count() == 0


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        (None, "Not sent: the rules match nobody."),
        ("", "Not sent: the rules match 1 leads, but all are left out."),
    ],
)
def test_start_mailing_nobody_to_write_to_is_a_draft_again(
    email: str | None, reason: str
) -> None:
    if email is None:
        LostLeadFactory()  # archived: matched by no tree that does not ask for it
    else:
        LeadFactory(email=email)
    mailing = due_mailing()

    assert start_mailing(mailing, now=NOW) is False

    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("draft", reason)
    assert mailing.recipients.count() == 0
    assert mailing.scheduled_at is None


@pytest.mark.parametrize(
    ("rules", "body", "beginning"),
    [
        ({"field": "no_such", "op": "set"}, "Hi", "The rules cannot be read:"),
        ({}, "{{ lead.first_name", "The content cannot be read:"),
    ],
)
def test_start_mailing_that_cannot_be_read_is_a_draft_again(
    rules: dict, body: str, beginning: str
) -> None:
    LeadFactory()
    mailing = due_mailing(rules=rules and {"match": "all", "rules": [rules]})
    mailing.versions.get().contents.update(body=body)

    assert start_mailing(mailing, now=NOW) is False

    mailing.refresh_from_db()
    assert mailing.state == "draft"
    assert mailing.state_reason.startswith(beginning)
    assert mailing.recipients.count() == 0


def test_start_mailing_by_a_deleted_reason_says_where_and_writes_to_nobody() -> None:
    LeadFactory()
    reason = LostReason.objects.create(name="Wrong colour")
    rule = {"field": "lost_reason", "op": "not_in", "value": [reason.pk]}
    mailing = due_mailing(rules={"match": "all", "rules": [rule]})
    number = reason.pk
    reason.delete()

    assert start_mailing(mailing, now=NOW) is False

    mailing.refresh_from_db()
    assert (mailing.state, mailing.recipients.count()) == ("draft", 0)
    assert mailing.state_reason == (
        "The rules cannot be read: rules[0].value[0]: What was chosen here "
        f"(number {number}) is not there any more."
    )


def test_start_mailing_in_the_morning_waits_for_each_time_zone() -> None:
    for zone in ("Europe/Kyiv", "Asia/Tehran", "", "Nowhere/Land"):
        LeadFactory(time_zone=zone)
    mailing = due_mailing(timing="recipient_morning")

    start_mailing(mailing, now=NOW)

    dues = mailing.recipients.order_by("lead_id").values_list("due_at", flat=True)
    assert list(dues) == [
        datetime(2026, 11, 22, 7, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    ]
