"""Whom the mailing reaches: the audience, who is left out, what is empty for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.fields import MERGE_FIELDS
from winback.core.formats import number_text
from winback.mailings.check_lines import CheckLine, bad, good, warn
from winback.mailings.checks.written import Written
from winback.mailings.content_reach import content_reach
from winback.mailings.models import LeftOutReason, Mailing
from winback.mailings.queries import planned_figures
from winback.segments.rules import RuleTreeError
from winback.segments.waterfall import Waterfall

# What one worker hands over per second to a relay nearby; only an estimate.
USUAL_MAILS_PER_SECOND = 50


def audience_line(
    mailing: Mailing, *, now: datetime
) -> tuple[Waterfall | None, CheckLine]:
    """How many will be mailed; red if nobody."""
    try:
        figures = planned_figures(mailing, now=now)
    except RuleTreeError as error:
        details = [f"{problem.path}: {problem.message}" for problem in error.problems]
        text = _("A rule cannot be evaluated, so nobody would be found.")
        return None, bad("audience", text, "rules", details)
    if figures.will_be_mailed:
        text = ngettext(
            "%(n)s person will be mailed.",
            "%(n)s people will be mailed.",
            figures.will_be_mailed,
        )
        text %= {"n": number_text(figures.will_be_mailed)}
        return figures, good("audience", text)
    return figures, bad("audience", why_nobody(figures), "rules")


def why_nobody(figures: Waterfall) -> str:
    """Why a mailing would reach nobody, in one sentence."""
    if not figures.matched:
        return _("Nobody would get this mailing: no lead matches the rules.")
    reasons = _("; ").join(_reason_lines(figures))
    return ngettext(
        "Nobody would get this mailing: the %(n)s matched lead is left out "
        "(%(reasons)s).",
        "Nobody would get this mailing: all %(n)s matched leads are left out "
        "(%(reasons)s).",
        figures.matched,
    ) % {"n": number_text(figures.matched), "reasons": reasons}


def _reason_lines(figures: Waterfall) -> list[str]:
    return [
        f"{LeftOutReason(reason).label}: {number_text(count)}"
        for reason, count in figures.left_out.items()
        if count
    ]


def left_out_lines(figures: Waterfall | None) -> Iterator[CheckLine]:
    """Who is left out; the frequency cap's share has a line of its own."""
    if figures is None or not figures.will_be_mailed:
        return
    total = figures.matched - figures.will_be_mailed
    if total:
        text = ngettext(
            "%(n)s matched lead is left out.",
            "%(n)s matched leads are left out.",
            total,
        )
        yield good("left_out", text % {"n": number_text(total)}, _reason_lines(figures))
    capped = figures.left_out[LeftOutReason.RECENTLY_MAILED]
    if capped > figures.matched // 4:
        text = _("The frequency cap leaves out more than a quarter of the audience.")
        yield warn("frequency_cap", text, "id_frequency_cap_days")


def holes_lines(
    mailing: Mailing,
    written: list[Written],
    figures: Waterfall | None,
    *,
    now: datetime,
) -> Iterator[CheckLine]:
    """Merge fields without a fallback, and for how many people each is empty."""
    if figures is None:
        return
    compiled = {one.content.language: one.compiled for one in written}
    reach = content_reach(mailing, compiled, now=now)
    counts = {one.path: one.people for one in reach.empty_fields if one.people}
    if not counts:
        yield good("holes", _("Every merge field has a value for everybody."))
        return
    names = {field.path: field.path.rpartition(".")[2] for field in MERGE_FIELDS}
    details = [
        ngettext(
            "“%(field)s” is empty for %(n)s person.",
            "“%(field)s” is empty for %(n)s people.",
            count,
        )
        % {"field": names.get(path, path), "n": number_text(count)}
        for path, count in counts.items()
    ]
    text = _("Some merge fields are empty for some people. Give each a fallback.")
    yield warn("holes", text, "id_body", details)


def duration_line(mailing: Mailing, figures: Waterfall | None) -> CheckLine:
    """How long the sending takes, as far as the mailing itself says."""
    people = figures.will_be_mailed if figures else 0
    rate = USUAL_MAILS_PER_SECOND * 3600
    if mailing.mails_per_hour:
        rate = min(rate, mailing.mails_per_hour)
    took = timedelta(seconds=round(people * 3600 / rate))
    minutes = max(1, round(took.total_seconds() / 60))
    text = ngettext(
        "Sending takes about %(n)s minute.",
        "Sending takes about %(n)s minutes.",
        minutes,
    )
    return good("duration", text % {"n": number_text(minutes)})
