"""Mails ignored in a row, and what is suggested about it."""

from datetime import timedelta

import pytest
from tests.factories import (
    NOW,
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)

from winback.consent.models import ConsentSettings, OptOut
from winback.consent.services import blacklist_address, opt_out
from winback.crm.models import Lead
from winback.mailings.models import Recipient
from winback.results.services import count_ignored, ignoring, recount_engaged
from winback.segments.queries import audience

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGE = "/results/sleeping/"


@pytest.fixture
def manager(client):
    user = UserFactory(role="marketing_manager")
    client.force_login(user)
    return user


def mailed(lead, *days_ago, **changes):
    for days in days_ago:
        RecipientFactory(lead=lead, sent_at=NOW - days * DAY, **changes)
    Lead.objects.filter(pk=lead.pk).update(last_mailed_at=NOW - min(days_ago) * DAY)
    return lead


def sleeper(name="Ann", ignored=6, **changes):
    return LeadFactory(
        title=name,
        email=f"{name.lower()}@example.org",
        ignored_in_a_row=ignored,
        last_mailed_at=NOW,
        **changes,
    )


def ignored():
    return dict(Lead.objects.values_list("title", "ignored_in_a_row"))


def count_all():
    while count_ignored(now=NOW):
        pass


def test_mails_since_the_last_reaction_are_counted():
    mailed(LeadFactory(title="Never reacted"), 5, 10, 20)
    reacted = mailed(LeadFactory(title="Reacted to the second"), 5, 10, 20)
    row = Recipient.objects.get(lead=reacted, sent_at=NOW - 10 * DAY)
    row.clicked_at = NOW - 9 * DAY
    row.save()
    late = mailed(LeadFactory(title="Opened an old one today"), 5, 10)
    Recipient.objects.filter(lead=late, sent_at=NOW - 10 * DAY).update(opened_at=NOW)
    mailed(LeadFactory(title="Only lately"), 2, 1)
    mailed(LeadFactory(title="Came back"), 10, bounced_at=NOW - 10 * DAY)
    mailed(LeadFactory(title="A machine opened"), 10, machine_opened_at=NOW)
    LeadFactory(title="Never mailed")

    count_all()

    assert ignored() == {
        "Never reacted": 3,
        "Reacted to the second": 1,
        "Opened an old one today": 0,
        "Only lately": 0,
        "Came back": 0,
        "A machine opened": 1,
        "Never mailed": 0,
    }


def test_all_leads_of_a_person_share_the_count():
    first = LeadFactory(title="First", email="ann@example.org")
    mailed(first, 5, 10)
    LeadFactory(title="Second", email="ANN@example.org", last_mailed_at=NOW)

    count_all()

    assert ignored() == {"First": 2, "Second": 2}


def test_the_round_goes_on_where_it_stood_and_begins_anew_the_next_day(monkeypatch):
    monkeypatch.setattr(ignoring, "LEADS_A_STEP", 2)
    for number in range(3):
        mailed(LeadFactory(title=f"Lead {number}"), 5)

    assert [count_ignored(now=NOW) for _ in range(4)] == [2, 1, 0, 0]
    assert {*ignored().values()} == {1}
    assert count_ignored(now=NOW + DAY) == 2


def test_who_reacts_is_counted_anew_at_once():
    lead = mailed(LeadFactory(title="Ann", email="ann@example.org"), 5, 10)
    LeadFactory(title="Twin", email="ann@example.org", last_mailed_at=NOW)
    mailed(LeadFactory(title="Bob"), 5)
    count_all()
    Recipient.objects.filter(lead=lead).update(opened_at=NOW)
    Lead.objects.filter(pk=lead.pk).update(last_engaged_at=NOW)

    assert recount_engaged(now=NOW) == 2

    assert ignored() == {"Ann": 0, "Twin": 0, "Bob": 1}


def test_rules_ask_for_it():
    sleeper("Six")
    sleeper("Two", ignored=2)
    rule = {"field": "ignored_in_a_row", "op": ">=", "value": 6}

    found = audience({"match": "all", "rules": [rule]}, user=None, now=NOW)

    assert [one.title for one in found] == ["Six"]


def test_the_page_suggests_those_who_could_be_written_to(client, manager):
    sleeper("Ann")
    sleeper("Lost", status="lost", active=False, lost_at=NOW)
    sleeper("Bob", ignored=5)
    sleeper("Black")
    blacklist_address("black@example.org", reason="by_hand", now=NOW)
    sleeper("Out")
    opt_out("out@example.org", MailingFactory().topic, now=NOW)

    page = client.get(PAGE).content.decode()

    shown = [
        name for name in ("Ann", "Lost", "Bob", "Black", "Out") if f">{name}<" in page
    ]
    assert shown == ["Ann", "Lost"]


def test_the_number_of_mails_is_a_setting(client, manager):
    sleeper("Bob", ignored=5)

    client.post(PAGE + "after/", {"sunset_after": "5"})

    assert ConsentSettings.current().sunset_after == 5
    assert ">Bob<" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("given", ["1", "51", "x", ""])
def test_an_odd_number_of_mails_is_refused(client, manager, given):
    assert client.post(PAGE + "after/", {"sunset_after": given}).status_code == 422
    assert ConsentSettings.current().sunset_after == 6


def test_stopping_all_is_one_press_and_undo_another(client, manager):
    sleeper("Ann")
    sleeper("Eve")
    sleeper("Bob", ignored=5)

    page = client.post(PAGE + "stop/", follow=True).content.decode()

    assert "2 people will not be written to any more." in page
    assert sorted(OptOut.objects.values_list("address", flat=True)) == [
        "ann@example.org",
        "eve@example.org",
    ]
    assert ">Ann<" not in page
    undo = f"{PAGE}{OptOut.objects.first().batch_id}/undo/"
    assert f'action="{undo}"' in page
    page = client.post(undo, follow=True).content.decode()
    assert "2 people may be written to again." in page
    assert OptOut.objects.count() == 0
    assert ">Ann<" in page


@pytest.mark.parametrize("path", ["after/", "stop/"])
def test_changes_are_for_managers(client, path):
    client.force_login(UserFactory(role="marketing_user"))
    sleeper("Ann")

    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE + path, {"sunset_after": 3}).status_code == 404
    assert OptOut.objects.count() == 0
    assert ConsentSettings.current().sunset_after == 6


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_people(
    client, manager, people, django_assert_num_queries
):
    for number in range(people):
        sleeper(f"P{number}")

    # Session, user, settings twice, topic twice, rows, count, batches.
    with django_assert_num_queries(8):
        client.get(PAGE)
