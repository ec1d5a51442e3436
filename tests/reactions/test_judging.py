"""Verdicts written to hits and, as dates, to the ledger."""

from datetime import timedelta

import pytest
from tests.factories import NOW, RecipientFactory, TrackedLinkFactory

from winback.mailings.models import Recipient
from winback.reactions import queries
from winback.reactions.models import Hit
from winback.reactions.queries import recipients_to_rejudge
from winback.reactions.services import hits

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def recipient():
    return RecipientFactory()


@pytest.fixture
def link():
    return TrackedLinkFactory()


def make_hit(recipient, kind="open", *, after=0, link=None, agent=BROWSER, **changes):
    fields = {
        "recipient": recipient,
        "kind": kind,
        "link": link,
        "at": NOW + timedelta(seconds=after),
        "method": "GET",
        "user_agent": agent,
    }
    return Hit.objects.create(**(fields | changes))


def test_judging_sets_the_first_dates_of_people_and_of_machines_apart(recipient, link):
    make_hit(recipient, agent="GoogleImageProxy", after=1)
    make_hit(recipient, after=20)
    make_hit(recipient, after=10)
    make_hit(recipient, "click", link=link, after=30)

    assert hits.judge_waiting_hits() == 1

    recipient.refresh_from_db()
    assert recipient.machine_opened_at == NOW + timedelta(seconds=1)
    assert recipient.opened_at == NOW + timedelta(seconds=10)
    assert recipient.clicked_at == NOW + timedelta(seconds=30)
    assert recipient.machine_clicked_at is None
    recipient.lead.refresh_from_db()
    assert recipient.lead.last_engaged_at == NOW + timedelta(seconds=30)


def test_judging_takes_a_click_back_when_the_rest_of_the_burst_comes(recipient, link):
    others = [TrackedLinkFactory(content=link.content, position=n) for n in (901, 902)]
    make_hit(recipient, "click", link=link)
    hits.judge_waiting_hits()
    recipient.refresh_from_db()
    assert recipient.clicked_at == NOW
    for other in others:
        make_hit(recipient, "click", link=other, after=1)

    hits.judge_waiting_hits()

    recipient.refresh_from_db()
    assert (recipient.clicked_at, recipient.machine_clicked_at) == (None, NOW)


def test_judging_again_changes_nothing(recipient, link):
    make_hit(recipient, "click", link=link)
    hits.judge_waiting_hits()

    assert hits.judge_waiting_hits() == 0
    assert hits.rejudge_all([recipient.pk]) == (1, 0)


def test_rejudging_mends_what_older_rules_said(recipient):
    make_hit(recipient, agent="curl/8", verdict="person", rules_version=1)
    Recipient.objects.filter(pk=recipient.pk).update(opened_at=NOW)

    assert hits.rejudge_all([recipient.pk]) == (1, 1)

    recipient.refresh_from_db()
    assert (recipient.opened_at, recipient.machine_opened_at) == (None, NOW)


def test_hits_beyond_the_first_thousand_are_a_machines_and_not_read(
    recipient, monkeypatch
):
    monkeypatch.setattr(hits, "MOST_HITS", 3)
    for after in (5, 1, 2, 3, 3, 4):
        make_hit(recipient, after=after)

    assert hits.judge_waiting_hits() == 1

    judged = Hit.objects.order_by("at", "pk").values_list("verdict", "verdict_reason")
    too_many = ("machine", "too_many_hits")
    assert list(judged) == [("person", "reader")] * 3 + [too_many] * 3
    assert hits.judge_waiting_hits() == 0


def test_judging_knows_when_the_mail_was_handed_over(recipient, link):
    Recipient.objects.filter(pk=recipient.pk).update(sent_at=NOW)
    other = TrackedLinkFactory(content=link.content, position=901)
    make_hit(recipient, "click", link=link, after=6)
    make_hit(recipient, "click", link=other, after=14)

    hits.judge_waiting_hits()

    reasons = set(Hit.objects.values_list("verdict_reason", flat=True))
    assert reasons == {"all_links_on_delivery"}
    recipient.refresh_from_db()
    assert (recipient.clicked_at is None, recipient.machine_clicked_at) == (
        True,
        NOW + timedelta(seconds=6),
    )


def test_judging_takes_the_same_queries_for_any_number_of_hits(
    recipient, link, django_assert_num_queries
):
    for after in range(3):
        make_hit(recipient, "click", link=link, after=after * 100)
    with django_assert_num_queries(9):
        hits.judge_recipients([recipient.pk])
    for after in range(3, 9):
        make_hit(recipient, "click", link=link, after=after * 100)

    with django_assert_num_queries(8):  # its dates stand: no update of the row
        hits.judge_recipients([recipient.pk])


def test_rejudging_finds_what_older_rules_judged_and_leaves_the_rest(recipient, link):
    Recipient.objects.filter(pk=recipient.pk).update(clicked_at=NOW)
    old = {"verdict": "person", "verdict_reason": "reader", "rules_version": 1}
    make_hit(recipient, "click", link=link, ip_prefix="67.231.152.0/24", **old)
    judged_today = RecipientFactory()
    make_hit(judged_today)
    hits.judge_waiting_hits()

    found = list(recipients_to_rejudge(everything=False))

    assert found == [recipient.pk]
    assert hits.rejudge_all(found) == (1, 1)
    recipient.refresh_from_db()
    assert (recipient.clicked_at, recipient.machine_clicked_at) == (None, NOW)
    assert list(recipients_to_rejudge(everything=False)) == []
    everybody = [recipient.pk, judged_today.pk]
    assert list(recipients_to_rejudge(everything=True)) == everybody


def test_a_new_version_of_the_rules_judges_everybody_anew(recipient, monkeypatch):
    make_hit(recipient)
    hits.judge_waiting_hits()
    for module in (queries, hits):
        monkeypatch.setattr(module, "RULES_VERSION", 99)

    found = list(recipients_to_rejudge(everything=False))

    assert hits.rejudge_all(found) == (1, 0)
    assert list(Hit.objects.values_list("rules_version", flat=True)) == [99]
    assert list(recipients_to_rejudge(everything=False)) == []
