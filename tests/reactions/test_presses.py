from dataclasses import replace
from datetime import timedelta

import pytest

from winback.reactions.rules.networks import Place
from winback.reactions.rules.presses import (
    Answer,
    Confirmation,
    PressFacts,
    Ruling,
    judge_press,
)

PERSON = PressFacts(
    shows_a_hand=True,
    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
)
WITHOUT_SCRIPT = replace(PERSON, shows_a_hand=False)
READ = Confirmation(timedelta(seconds=1), number_is_right=False)
TYPED = Confirmation(timedelta(seconds=9), number_is_right=True)
AT_ONCE = Confirmation(timedelta(seconds=0.9), number_is_right=False)
PROGRAMS = [
    pytest.param({"pressed_unseen": True}, "unseen_button", id="unseen"),
    pytest.param({"user_agent": "Barracuda"}, "known_agent", id="agent"),
    pytest.param({"place": Place.GATEWAY}, "gateway_network", id="gateway"),
    pytest.param({"presses_before": 20}, "many_presses", id="many"),
]


def test_a_hand_on_the_page_is_taken_at_its_word():
    assert judge_press(PERSON) == Ruling(Answer.TAKE, "hand")
    assert judge_press(replace(PERSON, presses_before=19)).answer is Answer.TAKE


@pytest.mark.parametrize(
    ("press", "doubt"),
    [
        (WITHOUT_SCRIPT, "no_hand"),
        (replace(PERSON, user_agent="", shows_a_hand=False), "no_hand"),
        (replace(PERSON, place=Place.DATA_CENTRE), "data_centre"),
        (replace(PERSON, follows_all_links=True), "many_links"),
    ],
)
def test_a_doubtful_press_is_asked_about_once(press, doubt):
    asked_again = replace(press, confirmation=READ)

    assert judge_press(press) == Ruling(Answer.ASK, doubt)
    assert judge_press(asked_again) == Ruling(Answer.TAKE, "confirmed")


def test_an_answer_before_the_page_can_be_read_is_asked_about_again():
    quick = replace(WITHOUT_SCRIPT, confirmation=AT_ONCE)

    assert judge_press(quick) == Ruling(Answer.ASK, "no_hand")


def test_a_hand_may_confirm_as_quickly_as_it_can():
    quick = replace(PERSON, place=Place.DATA_CENTRE, confirmation=AT_ONCE)

    assert judge_press(quick).answer is Answer.TAKE


@pytest.mark.parametrize(("facts", "sign"), PROGRAMS)
@pytest.mark.parametrize("press", [PERSON, WITHOUT_SCRIPT], ids=["hand", "none"])
def test_what_behaves_like_a_program_has_to_type_a_number(press, facts, sign):
    program = replace(press, **facts)

    assert judge_press(program) == Ruling(Answer.ASK_NUMBER, sign)
    confirmed = judge_press(replace(program, confirmation=READ))
    assert confirmed == Ruling(Answer.ASK_NUMBER, sign)
    typed = judge_press(replace(program, confirmation=TYPED))
    assert typed == Ruling(Answer.TAKE, "number_typed")


def test_following_all_links_without_a_hand_is_a_programs():
    program = replace(WITHOUT_SCRIPT, follows_all_links=True, confirmation=READ)

    assert judge_press(program) == Ruling(Answer.ASK_NUMBER, "many_links")
