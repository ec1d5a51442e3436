"""The test send: what a real lead would get, to addresses of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.accounts.models import User
from winback.consent.queries import entries_against
from winback.content.merge import MERGE_RELATIONS
from winback.content.rendering import ContentError, RenderError
from winback.core.addresses import names_one_address, parse_address
from winback.core.audit import record
from winback.core.formats import number_text
from winback.core.models import AuditEntry
from winback.crm.models import Lead
from winback.delivery.compose.letters import Letters
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.providers.crew import hand_over_one as give_to_provider
from winback.delivery.providers.provider import Provider, ProviderError
from winback.delivery.providers.rules import Verdict
from winback.delivery.rules import Outcome
from winback.delivery.senders import NoSenderError, Server, sender_for, signer_for
from winback.delivery.smtp.connection import Answer, hand_over_one
from winback.delivery.smtp.servers import LoopbackOnlyError, ServerUrlError
from winback.delivery.smtp.wire import ServerFaultError
from winback.mailings.models import Mailing

# A test is for oneself and colleagues: nobody gets a mailing sent by tests.
MOST_AT_ONCE = 10
MOST_AN_HOUR = 100
ACTION = "delivery.send_test"


class TestNotSentError(Exception):
    """The test mail did not go out; the message says why."""

    __test__ = False  # no test class, whatever its name says


class NoServerError(TestNotSentError):
    """No test of this mailing can go out now, to whomever."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of one test mail, with the server's words or ours."""

    __test__ = False

    address: str
    is_sent: bool
    text: str


def send_tests(
    mailing: Mailing,
    *,
    to: Sequence[str],
    lead: Lead,
    language: str,
    by: User,
    now: datetime,
) -> list[TestResult]:
    """``send_test`` for each of several addresses; an answer for each different one.

    Nothing is sent if one of them is no address. Raises TestNotSentError if
    there are none, or too many at once or within an hour.
    """
    addresses = list(dict.fromkeys(to))
    _check_number(addresses, by=by, now=now)
    wrong = [address for address in addresses if not _is_one_address(address)]
    if wrong:
        said = _("This is not an email address.")
        return [TestResult(address, False, said) for address in wrong]
    return list(
        _sent_one_by_one(
            mailing, addresses, lead=lead, language=language, by=by, now=now
        )
    )


def _sent_one_by_one(
    mailing: Mailing,
    addresses: list[str],
    *,
    lead: Lead,
    language: str,
    by: User,
    now: datetime,
) -> Iterator[TestResult]:
    """A server that cannot be used is not tried for every address."""
    trouble = ""
    for address in addresses:
        if trouble:
            yield TestResult(address, is_sent=False, text=trouble)
            continue
        try:
            said = send_test(
                mailing, to=address, lead=lead, language=language, by=by, now=now
            )
        except TestNotSentError as error:
            yield TestResult(address, is_sent=False, text=str(error))
            if isinstance(error, NoServerError):
                trouble = _("Not tried after that.")
        else:
            yield TestResult(address, is_sent=True, text=said)


def send_test(
    mailing: Mailing, *, to: str, lead: Lead, language: str, by: User, now: datetime
) -> str:
    """Send what ``lead`` would get to ``to``, marked [TEST]; counted nowhere.

    ``language`` picks the content, usually the lead's. Waits for the server's
    answer and gives its words. Raises TestNotSentError, also for an address on
    the blacklist: its owner said that no mail of ours is wanted.
    """
    parsed = parse_address(to)
    if parsed.status != "ok":
        raise TestNotSentError(_("This is not an email address."))
    if not names_one_address(to):
        raise TestNotSentError(_("Use one address only."))
    _refuse_blacklisted(parsed.normalized)
    server = _server(mailing)
    lead = Lead.objects.select_related(*MERGE_RELATIONS).get(pk=lead.pk)
    try:
        letters = Letters.of(mailing, signer=signer_for(mailing, server))
        mail = letters.compose_test(
            lead, to=parsed.normalized, language=language, now=now
        )
    except (ContentError, RenderError, ValueError) as error:
        raise NoServerError(str(error)) from error
    said = _hand_over(server, mail)
    record(
        ACTION,
        actor=by,
        subject="mailing",
        subject_id=mailing.pk,
        at=now,
        to=parsed.normalized,
        lead=lead.pk,
    )
    return said


def _is_one_address(text: str) -> bool:
    return parse_address(text).status == "ok" and names_one_address(text)


def _check_number(addresses: list[str], *, by: User, now: datetime) -> None:
    if not addresses:
        raise TestNotSentError(_("This is not an email address."))
    if len(addresses) > MOST_AT_ONCE:
        text = ngettext(
            "At most %(n)s address at once.",
            "At most %(n)s addresses at once.",
            MOST_AT_ONCE,
        )
        raise TestNotSentError(text % {"n": number_text(MOST_AT_ONCE)})
    lately = AuditEntry.objects.filter(
        action=ACTION, actor_id=by.pk, at__gt=now - timedelta(hours=1)
    )
    if lately.count() + len(addresses) > MOST_AN_HOUR:
        text = _("That is over %(n)s tests within an hour. Wait a while.")
        raise TestNotSentError(text % {"n": number_text(MOST_AN_HOUR)})


def _refuse_blacklisted(address: str) -> None:
    """Also by its domain, or by a fingerprint."""
    for entry in entries_against(address):
        text = _(
            "This address is on the blacklist (%(reason)s), so nothing is sent there."
        )
        raise TestNotSentError(text % {"reason": entry.get_reason_display()})


def _server(mailing: Mailing) -> Server:
    try:
        return sender_for(mailing.from_address).server
    except (NoSenderError, ServerUrlError) as error:
        raise NoServerError(str(error)) from error


def _hand_over(server: Server, mail: ComposedMail) -> str:
    answer: Answer | Verdict
    try:
        if isinstance(server, Provider):
            answer = give_to_provider(server, mail)
        else:
            answer = hand_over_one(server, mail)
    except (ServerFaultError, LoopbackOnlyError, ProviderError) as error:
        raise NoServerError(str(error)) from error
    if answer.outcome is not Outcome.SENT:
        raise TestNotSentError(answer.text)
    return answer.text
