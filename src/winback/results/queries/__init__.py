"""Reads of this room: the figures, the people behind them, behaviour, credit."""

from winback.results.queries.figures import (
    Figure,
    further_figures,
    leads_behind,
    people_behind,
    smart_buttons,
    smart_buttons_of,
)

__all__ = [
    "Figure",
    "further_figures",
    "leads_behind",
    "people_behind",
    "smart_buttons",
    "smart_buttons_of",
]
