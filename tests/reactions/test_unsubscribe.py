import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, LeadFactory, RecipientFactory

from winback.consent.models import (
    BlacklistEntry,
    OptOut,
    PersonWish,
    Preference,
    Topic,
)
from winback.consent.services import Listing, blacklist, blacklist_address
from winback.core.tokens import sign
from winback.mailings.models import Recipient
from winback.reactions import seals
from winback.reactions.models import PagePress
from winback.reactions.views import unsubscribe

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def recipient():
    return RecipientFactory(lead=LeadFactory(email="anna@example.org"))


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True, headers={"user-agent": BROWSER})


def url(recipient):
    return f"/u/{sign('unsubscribe', recipient.pk)}/"


def seal_on(page):
    return re.search(r'name="seal" value="([^"]+)"', page.content.decode())[1]


def hand_on(page):
    """What the page's script fills in once somebody touches the page."""
    return re.search(r'data-hand="([^"]+)"', page.content.decode())[1]


def press(browser, recipient, wish, **fields):
    """Load the page and press one of its buttons, as a browser does."""
    page = browser.get(url(recipient))
    assert f'value="{wish}"' in page.content.decode()
    fields |= {"seal": seal_on(page), "hand": hand_on(page), "wish": wish}
    return browser.post(url(recipient), fields)


def refusals():
    return (
        OptOut.objects.count(),
        BlacklistEntry.objects.count(),
        Recipient.objects.filter(unsubscribed_at__isnull=False).count(),
    )


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


def forced(recipient, wish):
    """A button that the page does not show, pressed all the same."""
    fields = {"seal": seals.seal(recipient.pk, "visit"), "hand": seals.hand("visit")}
    return fields | {"wish": wish}


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


# ------------------------------------------------------ topics and frequency


@pytest.fixture
def events():
    return Topic.objects.create(name="Events", name_translations={"uk": "Події"})


def choose(browser, recipient, **fields):
    return press(browser, recipient, "choose", **fields)


def standing():
    """Topics opted out of, days between mails."""
    topics = list(OptOut.objects.order_by("topic__name").values_list("topic__name"))
    gaps = list(Preference.objects.values_list("mail_gap_days", flat=True))
    return [name for (name,) in topics], gaps


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


# ------------------------------------------------------------- asked once more


def press_without_script(browser, recipient, wish, **fields):
    page = browser.get(url(recipient))
    fields |= {"seal": seal_on(page), "hand": "", "wish": wish}
    return browser.post(url(recipient), fields)


def question_on(page):
    return re.search(r'name="question" value="([^"]+)"', page.content.decode())[1]


def confirm(browser, recipient, page, *, after=2, **fields):
    """Press the one button of the page that asks, so many seconds later."""
    later = timezone.now() + timedelta(seconds=after)
    with patch.object(unsubscribe.timezone, "now", lambda: later):
        return browser.post(url(recipient), {"question": question_on(page)} | fields)


@pytest.mark.parametrize("wish", ["topic", "pause", "never"])
def test_without_a_script_a_second_press_is_enough(browser, recipient, wish):
    asked = press_without_script(browser, recipient, wish, why="too_many")
    assert "One more press, please" in asked.content.decode()
    assert 'name="number"' not in asked.content.decode()
    assert not PersonWish.objects.exists()

    done = confirm(browser, recipient, asked)

    assert 'role="status"' in done.content.decode()
    stored = PersonWish.objects.get()
    assert stored.kind == {"topic": "topic", "pause": "pause", "never": "never"}[wish]
    presses = list(PagePress.objects.order_by("pk").values_list("verdict", "reason"))
    assert presses == [("unknown", "no_hand"), ("person", "confirmed")]


def test_the_question_keeps_the_choice(browser, recipient, events):
    fields = {"topic": [recipient.mailing.topic.pk], "frequency": "month"}
    asked = press_without_script(browser, recipient, "choose", **fields)
    assert standing() == ([], [])

    confirm(browser, recipient, asked)

    assert standing() == (["Events"], [30])


def test_undo_is_asked_about_too(browser, recipient):
    press(browser, recipient, "topic")

    asked = press_without_script(browser, recipient, "undo")
    assert OptOut.objects.count() == 1
    confirm(browser, recipient, asked)

    assert OptOut.objects.count() == 0


def test_an_answer_at_once_changes_nothing_and_may_be_given_again(browser, recipient):
    asked = press_without_script(browser, recipient, "topic")

    again = confirm(browser, recipient, asked, after=0)

    assert "That was very quick" in again.content.decode()
    assert refusals() == (0, 0, 0)
    confirm(browser, recipient, again, after=4)
    assert refusals() == (1, 0, 1)


@pytest.mark.parametrize("digits", ["0123456789", "۰۱۲۳۴۵۶۷۸۹"], ids=["latin", "fa"])
def test_a_person_with_a_scanners_program_types_a_number(recipient, digits):
    browser = Client(headers={"user-agent": "Barracuda Sentinel (EE)"})
    asked = press(browser, recipient, "topic")
    number = re.search(r"type the number (\d\d)", asked.content.decode())[1]

    wrong = confirm(browser, recipient, asked, number="1")
    assert "That was not the number" in wrong.content.decode()
    assert refusals() == (0, 0, 0)
    typed = number.translate(str.maketrans("0123456789", digits))
    confirm(browser, recipient, asked, number=f" {typed} ")

    assert refusals() == (1, 0, 1)


def test_a_question_to_somebody_else_or_made_up_changes_nothing(browser, recipient):
    theirs = press_without_script(browser, RecipientFactory(), "never")

    confirm(browser, recipient, theirs)
    browser.post(url(recipient), {"question": "made-up"})

    assert refusals() == (0, 0, 0)


def test_a_hand_of_another_visit_is_none(browser, recipient):
    page, other = browser.get(url(recipient)), browser.get(url(recipient))
    fields = {"seal": seal_on(page), "hand": hand_on(other), "wish": "topic"}

    asked = browser.post(url(recipient), fields)

    assert "One more press, please" in asked.content.decode()
    assert refusals() == (0, 0, 0)


def test_presses_without_end_are_not_all_kept(browser, recipient):
    now = timezone.now()
    row = {"at": now, "visit": "x", "button": "topic", "verdict": "machine"}
    PagePress.objects.bulk_create(
        PagePress(recipient=recipient, reason="x", **row) for _ in range(100)
    )

    asked = press(browser, recipient, "topic")

    assert 'name="number"' in asked.content.decode()
    assert PagePress.objects.count() == 100


def test_one_click_works_from_a_gateways_network_and_leaves_no_press(recipient):
    program = Client(headers={"user-agent": "Barracuda"}, REMOTE_ADDR="67.231.152.9")

    program.post(url(recipient), ONE_CLICK)

    assert refusals() == (1, 0, 1)
    assert not PagePress.objects.exists()
