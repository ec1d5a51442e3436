from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    NOW,
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)
from winback.accounts.rules import Role
from winback.mailings import queries
from winback.mailings.models import Fate

pytestmark = pytest.mark.django_db


def test_ledger_sums_of_every_fate_add_up(django_assert_num_queries):
    mailing = MailingFactory()
    for fate in Fate.values:
        RecipientFactory(
            mailing=mailing,
            fate=fate,
            sent_at=NOW if fate == "sent" else None,
            left_out_reason="blacklisted" if fate == "left_out" else "",
        )
    RecipientFactory()  # another mailing's

    with django_assert_num_queries(1):
        sums = queries.ledger_sums(mailing)

    assert (sums.matched, sums.left_out_total, sums.will_be_mailed) == (6, 1, 5)
    assert sums.left_out["blacklisted"] == 1
    assert (sums.sent, sums.failed, sums.uncertain, sums.still_to_send) == (1, 1, 1, 2)
    assert sums.hold is True


def test_ledger_sums_before_the_start_are_zero():
    sums = queries.ledger_sums(MailingFactory())

    assert (sums.matched, sums.will_be_mailed, sums.hold) == (0, 0, True)


def test_due_mailings_are_scheduled_and_not_later():
    due = MailingFactory(state="scheduled", scheduled_at=NOW)
    longer = MailingFactory(state="scheduled", scheduled_at=NOW - timedelta(hours=1))
    MailingFactory(state="scheduled", scheduled_at=NOW + timedelta(seconds=1))
    MailingFactory(state="draft", scheduled_at=NOW)
    MailingFactory(state="sending", scheduled_at=NOW)

    assert list(queries.due_mailings(NOW)) == [longer, due]


def test_mailings_of_sales_people_are_none():
    MailingFactory()

    assert queries.mailings_of(UserFactory(role=Role.SALES_MANAGER.value)).count() == 0
    assert queries.mailings_of(UserFactory(role=Role.MARKETING_USER.value)).count() == 1


def test_planned_people_of_a_sales_person_are_their_own():
    sales = UserFactory(role=Role.SALES_USER.value)
    own = LeadFactory(owner=sales)
    LeadFactory()

    mailing = MailingFactory(responsible=sales)

    assert list(queries.planned_people(mailing, now=NOW)) == [own]
    assert queries.planned_figures(mailing, now=NOW).will_be_mailed == 1
