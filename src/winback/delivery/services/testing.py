"""The test send: what a real lead would get, to an address of one's own."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.content.merge import MERGE_RELATIONS
from winback.content.rendering import ContentError, RenderError
from winback.core.addresses import names_one_address, parse_address
from winback.core.audit import record
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


class TestNotSentError(Exception):
    """The test mail did not go out; the message says why."""

    __test__ = False  # no test class, whatever its name says


def send_test(
    mailing: Mailing, *, to: str, lead: Lead, language: str, by: User, now: datetime
) -> None:
    """Send what ``lead`` would get to ``to``, marked [TEST]; counted nowhere.

    ``language`` picks the content, usually the lead's. Waits for the server's
    answer. Raises TestNotSentError.
    """
    parsed = parse_address(to)
    if parsed.status != "ok":
        raise TestNotSentError(_("This is not an email address."))
    if not names_one_address(to):
        raise TestNotSentError(_("Use one address only."))
    server = _server(mailing)
    lead = Lead.objects.select_related(*MERGE_RELATIONS).get(pk=lead.pk)
    try:
        letters = Letters.of(mailing, signer=signer_for(mailing, server))
        mail = letters.compose_test(
            lead, to=parsed.normalized, language=language, now=now
        )
    except (ContentError, RenderError, ValueError) as error:
        raise TestNotSentError(str(error)) from error
    _hand_over(server, mail)
    record(
        "delivery.send_test",
        actor=by,
        subject="mailing",
        subject_id=mailing.pk,
        at=now,
        to=parsed.normalized,
        lead=lead.pk,
    )


def _server(mailing: Mailing) -> Server:
    try:
        return sender_for(mailing.from_address).server
    except (NoSenderError, ServerUrlError) as error:
        raise TestNotSentError(str(error)) from error


def _hand_over(server: Server, mail: ComposedMail) -> None:
    answer: Answer | Verdict
    try:
        if isinstance(server, Provider):
            answer = give_to_provider(server, mail)
        else:
            answer = hand_over_one(server, mail)
    except (ServerFaultError, LoopbackOnlyError, ProviderError) as error:
        raise TestNotSentError(str(error)) from error
    if answer.outcome is not Outcome.SENT:
        raise TestNotSentError(answer.text)
