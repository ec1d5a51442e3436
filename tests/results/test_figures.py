from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, LeadFactory, MailingFactory, RecipientFactory

from winback.mailings.models import Fate, Recipient
from winback.reactions.models import Hit
from winback.results.models import Conversion
from winback.results.queries import (
    further_figures,
    leads_behind,
    people_behind,
    smart_buttons,
    smart_buttons_of,
)
from winback.results.queries.figures import CONDITIONS

pytestmark = pytest.mark.django_db
DATES = (
    "bounced_at",
    "opened_at",
    "clicked_at",
    "replied_at",
    "machine_opened_at",
    "machine_clicked_at",
    "unsubscribed_at",
    "complained_at",
)


@pytest.fixture
def mailing():
    return MailingFactory(started_at=NOW)


def sent(mailing, *dates, **changes):
    return RecipientFactory(mailing=mailing, **dict.fromkeys(dates, NOW), **changes)


def unknown_hit(recipient):
    return Hit.objects.create(
        recipient=recipient,
        kind="open",
        at=NOW,
        method="GET",
        verdict="unknown",
        rules_version=2,
    )


def shown(mailing, **options):
    return {
        name: (figure.count, figure.rate)
        for name, figure in smart_buttons(mailing, now=NOW, **options).items()
    }


def test_smart_buttons_count_what_the_words_say(mailing):
    sent(mailing)
    sent(mailing, "opened_at")
    sent(mailing, "clicked_at")
    sent(mailing, "replied_at", lead=LeadFactory(active=False))
    sent(mailing, "machine_opened_at", "machine_clicked_at")
    sent(mailing, "bounced_at", bounce_kind="hard")
    sent(mailing, "opened_at", "bounced_at", bounce_kind="soft")
    RecipientFactory(mailing=mailing, fate="failed", sent_at=None)
    RecipientFactory(
        mailing=mailing, fate="left_out", left_out_reason="duplicate", sent_at=None
    )
    sent(MailingFactory(), "opened_at")  # another mailing's
    unknown_hit(Recipient.objects.filter(mailing=mailing, fate="sent").first())
    # Opened by a person as well: that is known.
    unknown_hit(mailing.recipients.filter(opened_at__isnull=False).first())
    unknown_hit(sent(MailingFactory()))

    assert shown(mailing) == {
        "sent": (7, None),
        "received": (6, 6 / 7),
        "opened": (4, 4 / 6),
        "clicked": (1, 1 / 6),
        "replied": (1, 1 / 6),
        "bounced": (1, 1 / 7),
        "ignored": (2, None),
        "leads": (0, None),
        "quotations": (0, None),
        "invoiced": (0, None),
    }
    buttons = smart_buttons(mailing, now=NOW)
    assert buttons["opened"].machine_count == 1
    assert buttons["clicked"].machine_count == 1
    assert (buttons["opened"].unknown_count, buttons["clicked"].unknown_count) == (1, 0)
    assert buttons["sent"].unknown_count is None
    assert further_figures(mailing) == {
        "machine_opened": 1,
        "machine_clicked": 1,
        "unknown_opened": 1,
        "unknown_clicked": 0,
        "unsubscribed": 0,
        "complained": 0,
        "failed": 1,
        "uncertain": 0,
        "left_out": 1,
    }


def test_smart_buttons_of_an_unsent_mailing_are_zero_without_rates(mailing):
    assert set(shown(mailing).values()) == {(0, None)}


def test_sales_documents_leave_their_place(mailing):
    ready = {name: one.is_ready for name, one in smart_buttons(mailing).items()}

    assert [name for name, is_ready in ready.items() if not is_ready] == [
        "quotations",
        "invoiced",
    ]


@pytest.mark.parametrize(
    ("hours", "so_far"), [(0, True), (71.9, True), (72, False), (1000, False)]
)
def test_ignored_is_so_far_for_three_days(mailing, hours, so_far):
    now = NOW + timedelta(hours=hours)

    assert smart_buttons(mailing, now=now)["ignored"].is_so_far is so_far
    assert smart_buttons(mailing, now=now)["opened"].is_so_far is False


def test_leads_button_counts_each_lead_once_archived_ones_too(mailing):
    recipient = sent(mailing, "replied_at")
    gone = LeadFactory(active=False)
    for lead, kind in (
        (recipient.lead, "lead_restored"),
        (recipient.lead, "lead_created"),
        (gone, "lead_restored"),
    ):
        Conversion.objects.create(
            kind=kind, at=NOW, lead=lead, mailing=mailing, recipient=recipient
        )

    assert shown(mailing)["leads"] == (2, None)
    assert set(leads_behind(mailing)) == {recipient.lead, gone}


@pytest.mark.parametrize("count", [1, 3])
def test_smart_buttons_take_two_queries_for_any_number_of_mailings(
    count, django_assert_num_queries
):
    mailings = MailingFactory.create_batch(count)
    for one in mailings:
        sent(one)

    with django_assert_num_queries(2):
        figures = smart_buttons_of(mailings, now=NOW)

    assert [figures[one.pk]["sent"].count for one in mailings] == [1] * count


ROWS = st.lists(
    st.tuples(st.sampled_from(Fate.values), st.sets(st.sampled_from(DATES))),
    max_size=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS)
def test_every_figure_equals_its_list_and_the_sums_hold(rows):
    mailing = MailingFactory(started_at=NOW)
    Recipient.objects.bulk_create(
        Recipient(
            mailing=mailing,
            lead=LeadFactory(),
            address=f"{number}@example.org",
            fate=fate,
            left_out_reason="duplicate" if fate == Fate.LEFT_OUT else "",
            sent_at=NOW if fate == Fate.SENT else None,
            **(dict.fromkeys(dates, NOW) if fate == Fate.SENT else {}),
        )
        for number, (fate, dates) in enumerate(rows)
    )

    buttons = smart_buttons(mailing, now=NOW)
    counts = {name: one.count for name, one in buttons.items()}
    counts |= further_figures(mailing)

    for name in CONDITIONS:
        assert people_behind(mailing, name).count() == counts[name], name
    assert counts["sent"] == Counter(fate for fate, _dates in rows)["sent"]
    assert counts["sent"] == counts["received"] + counts["bounced"]
    assert counts["received"] == counts["opened"] + counts["ignored"]
    assert max(counts["clicked"], counts["replied"]) <= counts["opened"]
    assert all(one.rate is None or 0 <= one.rate <= 1 for one in buttons.values())
