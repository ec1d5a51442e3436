"""What machines report to machines: delivery status of RFC 3464 and of providers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from winback.reactions.classify.addresses import as_address
from winback.reactions.classify.parsing import Mail, is_type, part_text
from winback.reactions.classify.wording import status_in

_FIELD = re.compile(
    r"^(original-recipient|final-recipient|action|status|diagnostic-code"
    r"|x-actual-recipient|x-original-recipient):"
    r"[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
# Two fields in plain text are a report that lost its MIME type on the way.
_REPORT_IN_TEXT = re.compile(r"^(?:final|original)-recipient:", re.I | re.M)
_KINDS = {"bounce": "failed", "delivery": "delivered", "deliverydelay": "delayed"}
_NOTICE = re.compile(r'\\?"(?:notification|event)Type\\?"\s*:')
MAX_REPORTS = 500


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's block of a delivery status report.

    ``recipients`` begin with the address as the sender wrote it, if it is kept.
    """

    recipients: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


def reports_in(mail: Mail) -> list[Report]:
    """The blocks of every delivery status report in it, well-formed or not."""
    text = "\n\n".join(
        part_text(part)
        for part in mail.parts
        if is_type(part, "message/delivery-status")
    )
    if not _REPORT_IN_TEXT.search(text) and _REPORT_IN_TEXT.search(mail.text):
        text = mail.text
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r", ""))
    found = [_report(block) for block in blocks if _FIELD.search(block)]
    found = [report for report in found if report.recipients or report.action]
    return (found or list(_provider_reports(mail)))[:MAX_REPORTS]


def is_delivered(reports: list[Report]) -> bool:
    """Whether every recipient that the reports speak of got the mail."""
    actions = {report.action for report in reports if report.action}
    return bool(actions) and actions <= {"delivered", "relayed", "expanded"}


def _report(block: str) -> Report:
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(block):
        fields.setdefault(match[1].lower(), " ".join(match[2].split()))
    named = [
        _as_recipient(_without_type(fields.get(name, "")))
        for name in ("original-recipient", "final-recipient", "x-actual-recipient")
    ]
    diagnostic = fields.get("diagnostic-code", "")
    return Report(
        recipients=tuple(dict.fromkeys(address for address in named if address)),
        action=fields.get("action", "").lower().split(" ")[0].strip(";"),
        status=status_in(fields.get("status", "")),
        diagnostic=_without_type(diagnostic) or diagnostic,
    )


def _as_recipient(value: str) -> str:
    """The address, also one that no domain can have: it is what was mailed."""
    is_odd = re.fullmatch(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?", value)
    return as_address(value) or (value.strip("<>").lower() if is_odd else "")


def _without_type(value: str) -> str:
    """``rfc822; a@b.example`` without its type, which some servers leave out."""
    kind, semicolon, rest = value.partition(";")
    is_type = semicolon and re.fullmatch(r"[\w-]{1,30}", kind.strip())
    return rest.strip() if is_type else value.strip()


def notices_in(mail: Mail) -> Iterator[dict[str, Any]]:
    """JSON notices of sending providers (Amazon SES by SNS) in the text."""
    text = mail.text
    start = text.find("{")
    if start < 0 or not _NOTICE.search(text):
        return
    # Sendmail breaks long lines by "!", newline, space.
    notice = _json_object(text[start:].replace("!\n ", "").replace("\n", ""))
    if isinstance(inner := notice.get("Message"), str):  # the envelope of SNS
        notice = _json_object(inner)
    yield notice


def _json_object(text: str) -> dict[str, Any]:
    try:
        found, _end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _provider_reports(mail: Mail) -> Iterator[Report]:
    for notice in notices_in(mail):
        kind = str(notice.get("notificationType") or notice.get("eventType") or "")
        action = _KINDS.get(kind.lower(), "")
        about = notice.get(kind.lower())
        if not action or not isinstance(about, dict):
            continue
        for one in about.get("bouncedRecipients") or about.get("recipients") or []:
            yield _provider_report(one, action=action)


def _provider_report(one: object, *, action: str) -> Report:
    fields = one if isinstance(one, dict) else {"emailAddress": one}
    address = as_address(str(fields.get("emailAddress") or ""))
    return Report(
        recipients=(address,) if address else (),
        action=action,
        status=status_in(str(fields.get("status") or "")),
        diagnostic=_without_type(str(fields.get("diagnosticCode") or "")),
    )
