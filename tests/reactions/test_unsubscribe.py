"""The unsubscribe page and one-click: who unsubscribes, and who does not."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, RecipientFactory
from tests.reactions.pressing import (
    ONE_CLICK,
    forced,
    press,
    refusals,
    seal_on,
    url,
)

from winback.consent.models import (
    BlacklistEntry,
    OptOut,
    PersonWish,
    Preference,
)
from winback.consent.services import blacklist_address
from winback.core.tokens import sign
from winback.mailings.models import Recipient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_the_page_changes_nothing(browser, recipient, method):
    response = getattr(browser, method)(url(recipient))

    assert response.status_code == 200
    assert "noindex" in response["X-Robots-Tag"]
    assert refusals() == (0, 0, 0)


def test_the_page_masks_the_address_and_needs_neither_script_nor_login(
    browser, recipient
):
    page = browser.get(url(recipient)).content.decode()

    assert "a•••@example.org" in page
    assert "anna@example.org" not in page
    assert "hx-" not in page


def test_one_press_opts_out_of_the_topic(browser, recipient):
    response = press(browser, recipient, "topic", reason="too\nmany")

    assert response.status_code == 200
    assert "You are unsubscribed" in response.content.decode()
    stored = OptOut.objects.get()
    assert (stored.address, stored.topic) == (
        "anna@example.org",
        recipient.mailing.topic,
    )
    assert (stored.until, stored.reason) == (None, "too many")
    assert stored.mailing_id == recipient.mailing_id
    recipient.refresh_from_db()
    assert recipient.unsubscribed_at is not None


def test_pause_ends_after_three_months(browser, recipient):
    press(browser, recipient, "pause")

    stored = Preference.objects.get()
    assert 89 <= (stored.paused_until - stored.changed_at).days <= 92
    recipient.lead.refresh_from_db()
    assert recipient.lead.paused_until == stored.paused_until


def test_never_again_is_the_blacklist(browser, recipient):
    press(browser, recipient, "never")

    entry = BlacklistEntry.objects.get()
    assert (entry.address, entry.reason) == ("anna@example.org", "unsubscribed")
    recipient.lead.refresh_from_db()
    assert recipient.lead.blacklisted is True


@pytest.mark.parametrize("wish", ["topic", "pause", "never"])
def test_undo_takes_each_wish_back(browser, recipient, wish):
    press(browser, recipient, wish)

    response = press(browser, recipient, "undo")

    assert "You get our mails again" in response.content.decode()
    assert refusals() == (0, 0, 1)  # that it was said stays in the ledger
    recipient.lead.refresh_from_db()
    assert (recipient.lead.blacklisted, recipient.lead.paused_until) == (False, None)
    assert PersonWish.objects.get().taken_back_at is not None


def test_undo_does_not_lift_what_this_page_did_not_do(browser, recipient):
    blacklist_address("anna@example.org", reason="hard_bounce", now=NOW)
    page = browser.get(url(recipient))

    browser.post(url(recipient), forced(recipient, "undo"))

    assert 'value="undo"' not in page.content.decode()
    assert BlacklistEntry.objects.count() == 1


def test_one_click_answers_200_without_cookie_or_redirect(recipient):
    program = Client(enforce_csrf_checks=True, headers={"user-agent": "curl/8.5"})

    response = program.post(url(recipient), ONE_CLICK)

    assert (response.status_code, response.content) == (200, b"")
    assert response.cookies.output() == ""
    assert OptOut.objects.get().address == "anna@example.org"
    program.post(url(recipient), ONE_CLICK)
    assert refusals() == (1, 0, 1)


def test_one_click_as_urlencoded_form_works(recipient):
    response = Client().generic(
        "POST",
        url(recipient),
        b"List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 200
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"wish": "topic"},
        {"wish": "topic", "seal": "made-up"},
        {"List-Unsubscribe": "Two-Click"},
    ],
)
def test_post_that_is_not_from_the_page_changes_nothing(browser, recipient, fields):
    response = browser.post(url(recipient), fields)

    assert response.status_code == 200
    assert "Nothing was changed" in response.content.decode()
    assert refusals() == (0, 0, 0)


def test_a_seal_of_another_recipient_changes_nothing(browser, recipient):
    seal = seal_on(browser.get(url(RecipientFactory())))

    browser.post(url(recipient), {"seal": seal, "wish": "never"})

    assert refusals() == (0, 0, 0)


def test_a_scanner_that_posts_the_pages_form_unsubscribes_nobody(recipient):
    scanner = Client(headers={"user-agent": "Barracuda Sentinel (EE)"})

    press(scanner, recipient, "topic")

    assert refusals() == (0, 0, 0)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.from_regex(r"[A-Za-z0-9_-]{1,70}", fullmatch=True))
def test_forged_tokens_show_the_expired_page_and_change_nothing(browser, token):
    for forged in (token, sign("open", 1), sign("unsubscribe", 987654)):
        assert browser.post(f"/u/{forged}/", ONE_CLICK).status_code == 404

    assert refusals() == (0, 0, 0)


@pytest.mark.parametrize(
    ("language", "direction"), [("uk", "ltr"), ("fa", "rtl"), ("fa-IR", "rtl")]
)
def test_the_page_speaks_the_persons_language(browser, recipient, language, direction):
    Recipient.objects.filter(pk=recipient.pk).update(language=language)

    page = browser.get(url(recipient), headers={"accept-language": "en"})

    assert f'lang="{language[:2]}"' in page.content.decode()
    assert f'dir="{direction}"' in page.content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(browser, recipient, method):
    assert getattr(browser, method)(url(recipient)).status_code == 405


def test_names_are_escaped(browser, recipient):
    topic = recipient.mailing.topic
    topic.name, topic.name_translations = "<script>x</script>", {}
    topic.save()

    assert "<script>x" not in browser.get(url(recipient)).content.decode()
