"""What delivery adds to the check before send: the sender, its limits, the canary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.core.formats import date_time_text, number_text
from winback.delivery.forecast import Forecast, forecast
from winback.delivery.quotas import Moment, Scope
from winback.delivery.rules.limits import WARMUP_DAYS
from winback.delivery.senders import NoSenderError, Sender, sender_for
from winback.delivery.smtp.servers import ServerUrlError
from winback.mailings.check_lines import CheckLine, Level, Planned, bad, good, warn
from winback.mailings.queries import planned_people

# A canary is suggested when at least this share of the audience was lost longer
# ago than OLD_LOSS or never written to; our own choice.
OLD_SHARE = 0.5
OLD_LOSS = timedelta(days=365)


def delivery_lines(planned: Planned) -> Iterator[CheckLine]:
    """The lines of this room, for ``mailings.check_lines``."""
    try:
        sender = sender_for(planned.mailing.from_address)
    except NoSenderError as error:
        if planned.mailing.from_address:
            yield bad("mail_server", str(error), "id_from_address")
        return
    except ServerUrlError as error:
        text = _("WINBACK_EMAIL_URL cannot be used: %(why)s.") % {"why": error}
        yield CheckLine(key="mail_server", level=Level.BAD, text=text)
        return
    at = Moment.of(planned.now)
    yield from _warmup(sender, at=at)
    if planned.figures is not None and planned.figures.will_be_mailed:
        yield from _canary(planned, planned.figures.will_be_mailed)
        yield from _duration(forecast(planned.mailing, sender, at=at), now=planned.now)


def _warmup(sender: Sender, *, at: Moment) -> Iterator[CheckLine]:
    day = sender.warmup_day(at.today)
    if day is None:
        return
    cap = sender.limit.day_cap(at.today) or 0
    text = ngettext(
        "The sender %(name)s is being warmed up, day %(day)s of %(days)s: "
        "%(cap)s mail today, more every day.",
        "The sender %(name)s is being warmed up, day %(day)s of %(days)s: "
        "%(cap)s mails today, more every day.",
        cap,
    )
    words = {
        "name": sender.key,
        "day": number_text(day),
        "days": number_text(WARMUP_DAYS),
        "cap": number_text(cap),
    }
    yield good("warmup", text % words)


def _canary(planned: Planned, people: int) -> Iterator[CheckLine]:
    mailing = planned.mailing
    if people <= mailing.canary_size:
        return
    if mailing.canary:
        text = ngettext(
            "Testing the water: the %(n)s most promising address first, the rest "
            "if few enough bounce.",
            "Testing the water: the %(n)s most promising addresses first, the rest "
            "if few enough bounce.",
            mailing.canary_size,
        )
        yield good("canary", text % {"n": number_text(mailing.canary_size)})
        return
    old = _old_people(planned)
    if old < people * OLD_SHARE:
        return
    text = ngettext(
        "%(n)s of them was never written to or lost over a year ago: many such "
        "addresses are dead. Test the water first, under Settings.",
        "%(n)s of them were never written to or lost over a year ago: many such "
        "addresses are dead. Test the water first, under Settings.",
        old,
    )
    yield warn("canary", text % {"n": number_text(old)}, "id_canary")


def _old_people(planned: Planned) -> int:
    people = planned_people(planned.mailing, now=planned.now)
    never, long_ago = (
        Q(last_mailed_at__isnull=True),
        Q(lost_at__lt=planned.now - OLD_LOSS),
    )
    return people.filter(never | long_ago).count()


def _duration(slowest: Forecast | None, *, now: datetime) -> Iterator[CheckLine]:
    """Replaces the estimate from below, which knows of the mailing's own limit only."""
    if slowest is None or slowest.quota.scope is Scope.MAILING:
        return
    if slowest.done_at is None:
        text = _("With the limits that are set, sending takes more than a year.")
        yield warn("duration", text, "id_mails_per_hour")
    elif slowest.done_at - now > timedelta(minutes=2):
        text = _("With the limits that are set, the last mails go about %(when)s.")
        words = {"when": date_time_text(slowest.done_at)}
        yield good("duration", text % words)
