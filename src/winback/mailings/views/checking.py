"""Check before send: what can be told at once, and what others answer later."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.outside import forget
from winback.content.tasks import ask_outside_addresses
from winback.core.formats import number_text
from winback.mailings.check_lines import GROUP_NAMES, CheckLine, Group, Level
from winback.mailings.checks import check_mailing
from winback.mailings.checks.outside import outside_addresses, outside_report
from winback.mailings.models import Mailing
from winback.mailings.views.access import get_mailing

# Asked once a second; a worker that is busy for longer is not waited for.
MOST_TURNS = 20


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Check before send, with the last question and its button when it may."""
    mailing = get_mailing(request, pk)
    report = check_mailing(mailing, now=timezone.now(), asks_dns=False)
    people = report.figures.will_be_mailed if report.figures else 0
    context = {
        "mailing": mailing,
        "report": report,
        "groups": [(GROUP_NAMES[group], lines) for group, lines in report.groups],
        "bad": report.count(Level.BAD),
        "warn": report.count(Level.WARN),
        "summary": summary_text(report.count(Level.BAD), report.count(Level.WARN)),
        "question": people_question(mailing, people),
        "outside_name": GROUP_NAMES[Group.OUTSIDE],
        "may_send": signed_in(request).may(Right.SEND_MAILINGS),
        "may_change_settings": signed_in(request).may(Right.MANAGE_INSTALLATION),
    }
    return render(request, "mailings/_check.html", context)


@require_POST
@right_required(Right.USE_MAILINGS)
def check_outside(request: HttpRequest, pk: int) -> HttpResponse:
    """What the DNS and other servers say; asks for itself again while some wait.

    ``turn`` counts how often it was asked. With ``again`` the addresses that did
    not answer well are asked anew. ``bad`` and ``warn`` are what the lines above
    have and ``amber`` what earlier turns had, for the sum at the top.
    """
    mailing = get_mailing(request, pk)
    turn, bad, warn = (_number(request, name) for name in ("turn", "bad", "warn"))
    if "again" in request.POST:
        forget(outside_addresses(mailing))
    report = outside_report(
        mailing,
        now=timezone.now(),
        wake=ask_outside_addresses.delay,
        is_first=turn == 0,
        is_last=turn >= MOST_TURNS,
    )
    amber = _number(request, "amber") + _amber(report.lines)
    context = {
        "mailing": mailing,
        "lines": report.lines,
        "is_waiting": report.is_waiting and turn < MOST_TURNS,
        "gave_up": report.is_waiting and turn >= MOST_TURNS,
        "turn": turn + 1,
        "bad": bad,
        "warn": warn,
        "amber": amber,
        "summary": summary_text(bad, warn + amber),
        "may_change_settings": signed_in(request).may(Right.MANAGE_INSTALLATION),
    }
    return render(request, "mailings/_check_outside.html", context)


def _amber(lines: list[CheckLine]) -> int:
    return sum(line.level == Level.WARN for line in lines)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def summary_text(bad: int, warn: int) -> str:
    """The check in one sentence."""
    look = ngettext("%(n)s to look at", "%(n)s to look at", warn)
    look %= {"n": number_text(warn)}
    if bad:
        blocks = ngettext("%(n)s thing blocks", "%(n)s things block", bad)
        blocks %= {"n": number_text(bad)}
        return _("%(blocks)s, %(look)s.") % {"blocks": blocks, "look": look}
    if warn:
        return _("Nothing blocks; %(look)s.") % {"look": look}
    return _("All is well.")


def people_question(mailing: Mailing, people: int) -> str:
    """The last question before sending."""
    sender = mailing.from_address
    if mailing.from_name:
        sender = f"{mailing.from_name} <{mailing.from_address}>"
    return ngettext(
        "Send to %(n)s person from %(sender)s now?",
        "Send to %(n)s people from %(sender)s now?",
        people,
    ) % {"n": number_text(people), "sender": sender}
