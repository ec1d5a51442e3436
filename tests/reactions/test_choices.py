"""Topics and frequency, chosen on the unsubscribe page."""

import re

import pytest
from django.test import Client
from tests.factories import NOW
from tests.reactions.pressing import (
    forced,
    hand_on,
    press,
    refusals,
    seal_on,
    standing,
    url,
)

from winback.consent.models import (
    BlacklistEntry,
    PersonWish,
    Topic,
)
from winback.consent.services import Listing, blacklist
from winback.mailings.models import Recipient

pytestmark = pytest.mark.django_db


def choose(browser, recipient, **fields):
    return press(browser, recipient, "choose", **fields)


def test_the_page_offers_topics_in_use_and_frequencies_as_they_stand(
    browser, recipient, events
):
    Topic.objects.create(name="Old news", archived_at=NOW)

    page = browser.get(url(recipient)).content.decode()

    assert page.count('name="topic"') == 2
    assert len(re.findall(r'name="topic" value="\d+" checked', page)) == 2
    assert "Old news" not in page
    assert 'name="frequency" value="every" checked' in page


def test_choosing_keeps_topics_and_frequency(browser, recipient, events):
    own = recipient.mailing.topic.pk

    response = choose(browser, recipient, topic=[own], frequency="month")

    assert "Your choice is kept" in response.content.decode()
    assert standing() == (["Events"], [30])
    recipient.refresh_from_db()
    assert recipient.unsubscribed_at is None
    recipient.lead.refresh_from_db()
    assert recipient.lead.mail_gap_days == 30
    page = browser.get(url(recipient)).content.decode()
    assert 'name="frequency" value="month" checked' in page
    assert len(re.findall(r'name="topic" value="\d+" checked', page)) == 1


def test_choosing_without_the_mailings_topic_unsubscribes_from_it(
    browser, recipient, events
):
    response = choose(browser, recipient, topic=[events.pk], frequency="every")

    assert "You are unsubscribed" in response.content.decode()
    recipient.refresh_from_db()
    assert recipient.unsubscribed_at is not None


def test_choosing_a_topic_again_takes_the_opt_out_back(browser, recipient, events):
    choose(browser, recipient, topic=[events.pk], frequency="quarter")

    both = [events.pk, recipient.mailing.topic.pk]
    choose(browser, recipient, topic=both, frequency="every")

    assert standing() == ([], [None])


def test_choosing_does_not_touch_topics_that_were_not_offered(browser, recipient):
    old = Topic.objects.create(name="Old", archived_at=NOW)

    own = recipient.mailing.topic.pk
    choose(browser, recipient, topic=[own, old.pk, 987], frequency="nonsense")

    assert standing() == ([], [])


@pytest.mark.parametrize("fields", [{"topic": "x"}, {"topic": "9" * 40}])
def test_odd_choices_raise_nothing(browser, recipient, fields):
    assert choose(browser, recipient, **fields).status_code == 200


def test_the_reason_is_kept_with_the_mailing(browser, recipient):
    press(browser, recipient, "never", why="too_many", reason="five\0 a day")

    wish = PersonWish.objects.get()
    assert (wish.kind, wish.reason_code, wish.reason, wish.mailing_id) == (
        "never",
        "too_many",
        "five a day",
        recipient.mailing_id,
    )


def test_a_made_up_reason_is_none(browser, recipient):
    press(browser, recipient, "topic", why="<script>")

    assert PersonWish.objects.get().reason_code == ""


def test_undo_does_not_lift_a_domain(browser, recipient):
    listing = Listing("domain", "example.org")
    blacklist(listing, reason="by_hand", now=NOW)

    page = browser.get(url(recipient)).content.decode()
    browser.post(url(recipient), forced(recipient, "undo"))

    assert "will never get mail from us again" in page
    assert 'value="undo"' not in page
    assert 'value="choose"' not in page
    assert BlacklistEntry.objects.count() == 1


def test_a_link_works_after_the_key_was_changed(browser, recipient, settings):
    link = url(recipient)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "a new key"
    settings.SECRET_KEY_FALLBACKS = [former]

    page = browser.get(link)
    fields = {"seal": seal_on(page), "hand": hand_on(page), "wish": "topic"}
    browser.post(link, fields)

    assert refusals() == (1, 0, 1)


def test_a_scanner_that_posts_the_choice_changes_nothing(recipient):
    scanner = Client(headers={"user-agent": "Barracuda Sentinel (EE)"})

    choose(scanner, recipient, frequency="quarter")

    assert standing() == ([], [])


def test_topics_stand_in_the_persons_language(browser, recipient, events):
    Recipient.objects.filter(pk=recipient.pk).update(language="uk")

    page = browser.get(url(recipient)).content.decode()

    assert "Події" in page
    assert "Пропозиції та новини" in page
