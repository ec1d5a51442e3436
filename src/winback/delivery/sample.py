"""A mail as it would go out, headers and all, without sending it."""

from __future__ import annotations

from datetime import datetime

from winback.content.merge import MERGE_RELATIONS
from winback.content.rendering import ContentError, RenderError
from winback.core.dkim import DkimKeyError
from winback.crm.models import Lead
from winback.delivery.compose.letters import Letters
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.senders import NoSenderError, sender_for, signer_for
from winback.delivery.smtp.servers import ServerUrlError
from winback.mailings.models import Mailing


class NoSampleError(Exception):
    """The mail cannot be written; the message says why."""


def sample_mail(
    mailing: Mailing, lead: Lead, *, language: str, now: datetime
) -> ComposedMail:
    """What ``lead`` would get, signed if mails of this sender are.

    Its links are those of a test: pressing them counts nothing. Raises
    NoSampleError.
    """
    lead = Lead.objects.select_related(*MERGE_RELATIONS).get(pk=lead.pk)
    try:
        server = sender_for(mailing.from_address).server
        signer = signer_for(mailing, server)
    except (NoSenderError, ServerUrlError, DkimKeyError):
        signer = None  # the check before sending tells
    try:
        letters = Letters.of(mailing, signer=signer)
        return letters.compose_sample(lead, language=language, now=now)
    except (ContentError, RenderError, ValueError) as error:
        raise NoSampleError(str(error)) from error
