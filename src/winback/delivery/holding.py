"""What holds a mailing's mails back right now, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.core.formats import date_time_text, number_text, time_text
from winback.delivery.forecast import Forecast, forecasts
from winback.delivery.holds import standing_hold
from winback.delivery.models import Lane
from winback.delivery.quotas import Moment, Scope
from winback.delivery.rules.limits import WARMUP_DAYS, Bound, bound_of
from winback.delivery.senders import NoSenderError, Sender, sender_for
from winback.delivery.smtp.servers import ServerUrlError
from winback.delivery.turns import is_open
from winback.mailings.models import Mailing
from winback.mailings.rules import next_open_moment

SHOWN_LIMITS = 3
# A limit that costs less time than this holds nobody up worth telling.
WORTH_TELLING = timedelta(minutes=2)


def holding_lines(mailing: Mailing, *, at: Moment) -> list[str]:
    """Sentences on what keeps mails waiting: window, server, limits; may be empty.

    Of limits those that last longest, at most SHOWN_LIMITS.
    """
    try:
        sender = sender_for(mailing.from_address)
    except (NoSenderError, ServerUrlError):
        return []  # the mailing says so itself
    lines = [*_closed(mailing, at=at), *_resting(sender, at=at)]
    long = [
        one
        for one in forecasts(mailing, sender, at=at)
        if one.done_at is None or one.done_at - at.now > WORTH_TELLING
    ]
    names = dict(Lane.objects.values_list("key", "name")) if long else {}
    for one in long[:SHOWN_LIMITS]:
        group = names.get(one.group, one.group)
        lines.append(f"{_cause(one, group, sender, at=at)} {_until(one, at=at)}")
    return lines


def _closed(mailing: Mailing, *, at: Moment) -> list[str]:
    if is_open(mailing, now=at.now, home=at.zone):
        return []
    opens_at = next_open_moment(
        at.now,
        start=mailing.window_start,
        end=mailing.window_end,
        zone_name=mailing.schedule_time_zone or at.zone.key,
    )
    text = _("The sending window is closed; it goes on about %(when)s.")
    return [text % {"when": moment_text(opens_at, now=at.now)}]


def _resting(sender: Sender, *, at: Moment) -> list[str]:
    hold = standing_hold(sender.key, now=at.now)
    if hold is None:
        return []
    text = _("The mail server is left in peace until %(when)s, then it is tried again.")
    return [text % {"when": moment_text(hold.until, now=at.now)}]


def _cause(one: Forecast, group: str, sender: Sender, *, at: Moment) -> str:
    bound = bound_of(one.level, one.quota.limit) or _slower_part(one)
    limit = one.quota.limit
    cap = limit.per_hour if bound is Bound.HOUR else limit.day_cap(at.today)
    words = {"n": number_text(cap or 0), "group": group, "sender": sender.key}
    if bound is Bound.WARMUP:
        day = sender.warmup_day(at.today) or WARMUP_DAYS
        words |= {"day": number_text(day), "days": number_text(WARMUP_DAYS)}
    return _sentence(one.quota.scope, bound, cap or 0) % words


def _sentence(scope: Scope, bound: Bound, n: int) -> str:
    if scope is Scope.MAILING:
        return _("This mailing may send %(n)s an hour.")
    if scope is Scope.LANE and bound is Bound.HOUR:
        return _("%(group)s takes %(n)s an hour.")
    if scope is Scope.LANE:
        return _("%(group)s takes %(n)s a day.")
    if scope is Scope.SENDER_LANE:
        return ngettext(
            "The sender %(sender)s is being warmed up, day %(day)s of %(days)s: "
            "%(group)s gets %(n)s mail today.",
            "The sender %(sender)s is being warmed up, day %(day)s of %(days)s: "
            "%(group)s gets %(n)s mails today.",
            n,
        )
    if bound is Bound.WARMUP:
        return ngettext(
            "The sender %(sender)s is being warmed up, day %(day)s of %(days)s: "
            "%(n)s mail today.",
            "The sender %(sender)s is being warmed up, day %(day)s of %(days)s: "
            "%(n)s mails today.",
            n,
        )
    if bound is Bound.HOUR:
        return _("The sender %(sender)s may send %(n)s an hour.")
    return _("The sender %(sender)s may send %(n)s a day.")


def _slower_part(one: Forecast) -> Bound:
    """Which part of a limit will hold longest, when none holds at this moment."""
    limit = one.quota.limit
    cap = limit.day_cap(one.level.day_on or one.level.refilled_at.date())
    if cap is None or (limit.per_hour and limit.per_hour * 24 < cap):
        return Bound.HOUR
    is_hour = limit.per_hour is not None and one.rows + one.level.used_on_day <= cap
    if is_hour:
        return Bound.HOUR
    return Bound.DAY if cap == limit.per_day else Bound.WARMUP


def _until(one: Forecast, *, at: Moment) -> str:
    if one.done_at is None:
        return _("The rest needs more than a year.")
    text = _("The rest goes until about %(when)s.")
    return text % {"when": moment_text(one.done_at, now=at.now)}


def moment_text(moment: datetime, *, now: datetime) -> str:
    """The time alone if it is less than half a day away, else with its day."""
    near = abs(moment - now) < timedelta(hours=12)
    return time_text(moment) if near else date_time_text(moment)
