"""The smart buttons for pages of rooms below, which include our partial."""

from __future__ import annotations

from django import template
from django.utils import timezone

from winback.mailings.models import Mailing
from winback.results.cards import DEFINITIONS, LABELS, Card, beside
from winback.results.cards import cards as cards_of
from winback.results.cards import further_cards as further_cards_of
from winback.results.queries import Figure
from winback.results.rules import Button, is_so_far

register = template.Library()


@register.simple_tag
def smart_button_cards(mailing: Mailing) -> list[Card]:
    return cards_of(mailing, now=timezone.now())


@register.simple_tag
def further_cards(mailing: Mailing) -> list[Card]:
    return further_cards_of(mailing)


@register.simple_tag
def definitions() -> list[tuple[str, str]]:
    """(label, meaning) of the ten buttons."""
    return [(str(LABELS[button]), str(DEFINITIONS[button])) for button in Button]


@register.filter(name="beside")
def beside_figure(figure: Figure) -> str:
    """What programs did, which the figure does not count."""
    return beside(figure)


@register.filter
def still_moves(mailing: Mailing) -> bool:
    """Whether the figures are likely to change while somebody looks."""
    return is_so_far(mailing.started_at, now=timezone.now())
