"""Delivery status notifications: those of RFC 3464, and those in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from winback.reactions.classify.parsing import Mail, opened
from winback.reactions.classify.recipients import recipients_of
from winback.reactions.classify.reports import Report, is_delivered, reports_in
from winback.reactions.classify.signs import final_of, words_of
from winback.reactions.classify.stage import (
    answers_in,
    given_reasons_in,
    is_before_recipient,
    proves_host_unknown,
    proves_unknown,
    unfolded,
)
from winback.reactions.classify.wording import (
    FILTER_REASONS,
    HARD_REASONS,
    VAGUE_REASONS,
    basic_code_in,
    reason_in,
    reason_of_status,
    status_in,
    strength,
)

MAX_SAID = 4000


@dataclass(frozen=True, slots=True)
class Bounce:
    recipients: list[str]
    delivered: bool
    final: str
    strength: str
    reason: str
    status: str
    diagnostic: str


def read_bounce(mail: Mail) -> Bounce:
    """What a mail that looks like a bounce says."""
    reports = reports_in(mail)
    if not reports and (inner := _forwarded_report(mail)):
        mail, reports = inner, reports_in(inner)
    words = words_of(mail)
    diagnostic = " ".join(
        f"{report.status} {report.diagnostic}".strip() for report in reports[:3]
    )
    status = _status(reports, words)
    reason = _reason(mail, reports, status=status, words=unfolded(words))
    code = status or basic_code_in(diagnostic) or basic_code_in(words)
    return Bounce(
        recipients=recipients_of(mail, reports, words),
        delivered=is_delivered(reports),
        final=final_of(mail, reports, words),
        strength=strength(reason, status=code),
        reason=reason,
        status=status,
        diagnostic=" ".join((diagnostic or words).split())[:500],
    )


def _forwarded_report(mail: Mail) -> Mail | None:
    """A report that some gateway wrapped into another message (one level)."""
    for enclosed in mail.enclosed[:3]:
        inner = opened(enclosed, size=mail.size)
        if reports_in(inner):
            return inner
    return None


def _status(reports: list[Report], words: str) -> str:
    """The most telling enhanced status code: the remote server's own before ours."""
    codes = [status_in(report.diagnostic) for report in reports]
    codes += [report.status for report in reports]
    codes.append(status_in(words))
    told = [code for code in codes if code]
    return next((code for code in told if not code.endswith(".0.0")), (told or [""])[0])


def _reason(mail: Mail, reports: list[Report], *, status: str, words: str) -> str:
    """One word of ``REASONS``; the server's own answer tells more than its wrapping."""
    said = "\n".join(report.diagnostic for report in reports)[:MAX_SAID]
    sources: list[Callable[[], str]] = [
        lambda: _with_status(reason_in(said or given_reasons_in(words)), status),
        lambda: _with_status(reason_in(answers_in(words)), status),
        lambda: reason_of_status(status),
        lambda: reason_in(words),
        lambda: reason_in(mail.subject),
    ]
    reason = _first_telling(source() for source in sources)
    statuses = " ".join(report.status for report in reports[:20])
    return _proven(reason, said=said, words=words, statuses=statuses)


def _first_telling(found: Iterable[str]) -> str:
    """The first reason that says what went wrong, else the first at all."""
    vague = ""
    for reason in found:
        if reason and reason not in VAGUE_REASONS:
            return reason
        vague = vague or reason
    return vague or "undefined"


def _with_status(reason: str, status: str) -> str:
    """The code's meaning where it speaks of the address and the words only of"
    " filters."""
    is_about_address = reason_of_status(status) in HARD_REASONS
    return "" if is_about_address and reason in FILTER_REASONS else reason


def _proven(reason: str, *, said: str, words: str, statuses: str) -> str:
    """``reason``, or a softer one if it condemns the address without proof."""
    if reason not in {"userunknown", "hostunknown", "hasmoved"}:
        return reason
    if is_before_recipient(said=said, words=words):
        return "rejected"
    if reason == "userunknown":
        is_proven = proves_unknown(said=said, words=words, statuses=statuses)
        return reason if is_proven else "filtered"
    is_proven = proves_host_unknown(said=said, words=words, statuses=statuses)
    return reason if reason == "hasmoved" or is_proven else "rejected"
