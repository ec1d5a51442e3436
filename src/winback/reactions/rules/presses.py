"""Whether a press on the unsubscribe page is a person's: at once, or asked again.

A link gateway may pose as any browser and send every form that it finds. What it
lacks is a hand: the page's script fills a field in when it sees one. Who shows none
(no script, or a program) is asked once more; who behaves as only programs do has to
type a number as well. Nobody is refused: each page leads on for a person. The
one-click request of RFC 8058 is no press on the page and is not judged here.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta

from winback.reactions.rules.agents import is_scanner
from winback.reactions.rules.networks import Place

# Our own choice: to read a new page and press takes a person longer; a program
# that goes from answer to answer does not wait.
READ_WITHIN = timedelta(seconds=1)
# How long what a visitor did to one mail tells on it. Gateways are done sooner.
TELLS_FOR = timedelta(minutes=10)
# So many presses for one mail in that time are no person's.
MANY_PRESSES = 20


class Answer(enum.StrEnum):
    TAKE = "take"  # do what the button says
    ASK = "ask"  # nothing yet: one more press
    ASK_NUMBER = "ask_number"  # nothing yet: one more press, and a number to type


@dataclass(frozen=True, slots=True)
class Ruling:
    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The press came from the page that asks once more."""

    shown_for: timedelta
    number_is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PressFacts:
    """What is known of one press, and of its visitor in the minutes before it."""

    shows_a_hand: bool
    user_agent: str = ""
    place: Place = Place.ELSEWHERE
    pressed_unseen: bool = False  # a button that no person is shown
    follows_all_links: bool = False
    presses_before: int = 0
    confirmation: Confirmation | None = None


def judge_press(press: PressFacts) -> Ruling:
    """What to do about a press of one of the page's buttons."""
    asked = press.confirmation
    if sign := _sign_of_a_program(press):
        if asked and asked.number_is_right:
            return Ruling(Answer.TAKE, "number_typed")
        return Ruling(Answer.ASK_NUMBER, sign)
    doubt = _doubt(press)
    if not doubt:
        return Ruling(Answer.TAKE, "hand")
    if asked and (press.shows_a_hand or asked.shown_for >= READ_WITHIN):
        return Ruling(Answer.TAKE, "confirmed")
    return Ruling(Answer.ASK, doubt)


def _sign_of_a_program(press: PressFacts) -> str:
    """What only programs do, as it stands in the record; "" if nothing."""
    if press.pressed_unseen:
        return "unseen_button"
    if is_scanner(press.user_agent.strip()):
        return "known_agent"
    if press.place is Place.GATEWAY:
        return "gateway_network"
    if press.presses_before >= MANY_PRESSES:
        return "many_presses"
    if press.follows_all_links and not press.shows_a_hand:
        return "many_links"
    return ""


def _doubt(press: PressFacts) -> str:
    if not press.shows_a_hand:
        return "no_hand"
    if press.place is Place.DATA_CENTRE:
        return "data_centre"
    return "many_links" if press.follows_all_links else ""
