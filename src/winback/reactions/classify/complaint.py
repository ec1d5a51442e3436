"""Complaints: feedback reports of RFC 5965."""

from __future__ import annotations

import re
from email.message import Message

from winback.reactions.classify.addresses import addresses_in, as_address
from winback.reactions.classify.parsing import (
    Mail,
    header_addresses,
    part_text,
)
from winback.reactions.classify.reports import notices_in

_TYPE = re.compile(r"^feedback-type:[ \t]*([\w-]+)", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(
    r"^(?:original-rcpt-to|removal-recipient|x-hmxmroriginalrecipient):[ \t]*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_FROM_PROVIDER = "Feedback-Type: {kind}\nOriginal-Rcpt-To: {people}"
_FROM_JMRP = "Feedback-Type: abuse"
# Reports of these types are about the sender's technique, not about a wish.
TECHNICAL = {"auth-failure", "dmarc", "not-spam"}


def feedback_text(mail: Mail) -> str:
    """The machine-readable part of a feedback report, or ""."""
    for part in mail.parts:
        if part.get_content_type() == "message/feedback-report":
            return part_text(part)
    if mail.root.get_param("report-type") == "feedback-report":
        return mail.text if _TYPE.search(mail.text) else ""
    return _FROM_JMRP if _is_jmrp(mail) else _from_notice(mail)


def _from_notice(mail: Mail) -> str:
    """A sending provider's complaint notice (Amazon SES), as if it were a report."""
    for notice in notices_in(mail):
        about = notice.get("complaint")
        if isinstance(about, dict):
            named = about.get("complainedRecipients")
            people = addresses_in(str(named)) if isinstance(named, list) else []
            kind = str(about.get("complaintFeedbackType") or "abuse")
            return _FROM_PROVIDER.format(kind=kind[:30], people=", ".join(people))
    return ""


def _is_jmrp(mail: Mail) -> bool:
    """Outlook.com's own form: the mail itself, with its addressee in a header."""
    return any(one.get("X-HmXmrOriginalRecipient") for one in mail.enclosed)


def feedback_type(feedback: str) -> str:
    match = _TYPE.search(feedback)
    return match[1].lower() if match else "abuse"


def complaint_recipients(mail: Mail, feedback: str) -> list[str]:
    """Who complained: named in the report, else the addressee of the copy."""
    named = [
        address for line in _TO.findall(feedback) for address in addresses_in(line)
    ]
    if named:
        return list(dict.fromkeys(named))
    return list(
        dict.fromkeys(
            address
            for enclosed in mail.enclosed
            for address in _addressees(enclosed)
            if "undisclosed" not in address
        )
    )


def _addressees(message: Message) -> list[str]:
    own = as_address(str(message.get("X-HmXmrOriginalRecipient") or ""))
    return [own] if own else header_addresses(message, "To")
