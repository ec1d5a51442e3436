"""What no hand has pressed is asked about once more."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from tests.factories import RecipientFactory
from tests.reactions.pressing import (
    ONE_CLICK,
    hand_on,
    press,
    refusals,
    seal_on,
    standing,
    url,
)

from winback.consent.models import (
    OptOut,
    PersonWish,
)
from winback.reactions.models import PagePress
from winback.reactions.views import unsubscribe

pytestmark = pytest.mark.django_db


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
