"""Delivery status notifications: those of RFC 3464, and those in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flufl.bounce import scan_message

from winback.reactions.classify.parsing import (
    Mail,
    addresses_in,
    as_address,
    header_addresses,
    part_text,
)
from winback.reactions.classify.wording import (
    basic_code_in,
    reason_in,
    reason_of_status,
    status_in,
    strength,
)

_ROBOTS = re.compile(
    r"mailer[-_. ]?daemon|post_?master|mdaemon@|mail delivery|mail-?system|mailerdaemon"
    r"|bounce|mail administrator|system administrator|daemon@|^$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non.?deliver"
    r"|deliver(?:y|ing)? (?:status|fail|problem|notif|error|delay|report)"
    r"|(?:mail|message)[^\n]{0,30} (?:fail|could not|not delivered|undeliver|return)"
    r"|return(?:ed|ing) (?:mail|message|to sender|email)"
    r"|fail(?:ure|ed)[^\n]{0,20}(?:notice|mail|deliver|message)"
    r"|mail (?:error|system error|delivery)|could ?n.?t be delivered|bounced?\b"
    r"|ndn:|ndr:"
    r"|warning: (?:could not|message|mail)|unzustellbar|не доставлено|no entregado"
    r"|remise|notification d.{0,12}tat de remise|nicht zugestellt",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"could not be delivered|couldn.t be delivered"
    r"|(?:wasn.t|was not|not) able to deliver"
    r"|unable to deliver|undeliverable"
    r"|delivery (?:to the following|has failed|failed|error)"
    r"|following address(?:es)?[^\n]{0,40}(?:fail|had)"
    r"|permanent(?:ly)? (?:fatal )?(?:error|fail)"
    r"|did not reach the following|reporting-mta|transcript of session|returned mail"
    r"|message (?:was|has been|is) (?:not delivered|undelivered|returned|rejected)"
    r"|(?:error|trouble) delivering|automatically rejected|rejected recipient"
    r"|mail delivery failed|was rejected by the|delivery problems",
    re.IGNORECASE,
)
# Where the copy of the message that bounced begins.
_COPY = re.compile(
    r"^[\s>*#=_-]*(?:below (?:this line|the next line)|this is a copy|copy of"
    r" (?:the|your) (?:message|mail)"
    r"|(?:the )?(?:original|returned|unsent|undelivered) (?:message|mail)(?:"
    r" (?:follows|header|attached|text))?[\s:.>*#=_-]*$"
    r"|(?:the )?header of the original|message headers? follow"
    r"|your (?:original )?message (?:follows|reads)"
    r"|unsent message follows|-+ ?forwarded message|included is a copy"
    r"|original message (?:headers|follows))"
    r"|^(?:return-path|received): ",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(
    r"^(original-recipient|final-recipient|action|status|diagnostic-code"
    r"|x-actual-recipient):"
    r"[ \t]*(.*(?:\n[ \t]+.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_DELAYED = re.compile(
    r"warning: (?:message|mail|could not)|still (?:be(?:ing)? )?(?:retr|try)"
    r"|(?:will|continue to) (?:keep |continue )?(?:be )?(?:re-?tr|trying)"
    r"|not yet been delivered"
    r"|delivery (?:status notification )?\(?delay|this is (?:only )?a warning"
    r"|do not need to resend"
    r"|delayed"
    r"|temporary (?:non-critical )?(?:error|fail|problem)[^\n]{0,60}(?:retr|try)",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"giv(?:en|ing) up|permanent|has expired|delivery failed|failed permanently",
    re.IGNORECASE,
)
# A server that knew the address at RCPT and refuses the text has other reasons
# than the address, whatever words it uses.
_AFTER_DATA = re.compile(
    r"(?:in reply to|in response to|did not like our|>>>|after|command:?)[^\n]{0,20}"
    r"\bDATA\b|end of data|>>> (?:\.|\[EOM\])\s*$|=> \.\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_WORDS_BEFORE_COPY = 8000
# flufl.bounce reads every line of the copy too, with every detector: 2 s a MB.
MAX_SCANNED_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's block of a delivery status report."""

    recipients: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Bounce:
    recipients: list[str]
    delivered: bool
    final: str
    strength: str
    reason: str
    status: str
    diagnostic: str


def looks_like_bounce(mail: Mail) -> bool:
    """Whether a mail system speaks here about mail that it could not deliver."""
    if any(part.get_content_type() == "message/delivery-status" for part in mail.parts):
        return True
    if mail.header("X-Failed-Recipients"):
        return True
    is_robot = _speaks_robot(mail)
    if mail.header("In-Reply-To") and not is_robot:
        return False
    if is_robot and (mail.enclosed or basic_code_in(words_of(mail))):
        return True
    said = (bool(_SUBJECT.search(mail.subject)), bool(_BODY.search(mail.text[:20_000])))
    return any(said) if is_robot else all(said)


def read_bounce(mail: Mail) -> Bounce:
    """What a mail that looks like a bounce says."""
    reports = reports_in(mail)
    words = words_of(mail)
    recipients = _recipients(mail, reports, words)
    diagnostic = " ".join(
        f"{report.status} {report.diagnostic}".strip() for report in reports[:3]
    )
    status = next((r.status for r in reports if not r.status.endswith(".0.0")), "")
    status = status_in(diagnostic) or status_in(words) or status
    # The server's own answer tells more than the words wrapped around it.
    reason = (
        reason_in(" ".join(report.diagnostic for report in reports))
        or reason_of_status(status)
        or reason_in(words)
        or reason_in(mail.subject)
        or "undefined"
    )
    if reason == "userunknown" and _AFTER_DATA.search(f"{diagnostic}\n{words}"):
        reason = "filtered"
    code = status or basic_code_in(diagnostic) or basic_code_in(words)
    return Bounce(
        recipients=recipients,
        delivered=_is_delivered(reports),
        final=_final(mail, reports, words),
        strength=strength(reason, status=code),
        reason=reason,
        status=status,
        diagnostic=" ".join((diagnostic or words).split())[:500],
    )


def reports_in(mail: Mail) -> list[Report]:
    """The blocks of every delivery status report in it, well-formed or not."""
    text = "\n\n".join(
        part_text(part)
        for part in mail.parts
        if part.get_content_type() == "message/delivery-status"
    )
    if not text and re.search(r"^final-recipient:", mail.text, re.I | re.M):
        text = mail.text
    blocks = re.split(r"\n\s*\n", text.replace("\r", ""))
    found = [_report(block) for block in blocks if _FIELD.search(block)]
    return [report for report in found if report.recipients or report.action]


def _report(block: str) -> Report:
    fields = {
        match[1].lower(): " ".join(match[2].split()) for match in _FIELD.finditer(block)
    }
    named = [
        as_address(fields.get(name, "").rpartition(";")[2])
        for name in ("original-recipient", "final-recipient")
    ]
    return Report(
        recipients=tuple(dict.fromkeys(address for address in named if address)),
        action=fields.get("action", "").lower().split(" ")[0].strip(";"),
        status=status_in(fields.get("status", "")),
        diagnostic=fields.get("diagnostic-code", "").partition(";")[2].strip()
        or fields.get("diagnostic-code", ""),
    )


def words_of(mail: Mail) -> str:
    """What the mail system says in words, without the copy of the message."""
    text = mail.text
    match = _COPY.search(text)
    head = text[: match.start()] if match and match.start() > 20 else text
    return head[:_WORDS_BEFORE_COPY]


def _speaks_robot(mail: Mail) -> bool:
    sender = mail.header("From")
    empty_path = mail.header("Return-Path").strip() in {"<>", "<MAILER-DAEMON>"}
    return empty_path or bool(_ROBOTS.search(sender))


def _recipients(mail: Mail, reports: list[Report], words: str) -> list[str]:
    refused = [
        report for report in reports if report.action not in {"delivered", "relayed"}
    ]
    for found in (
        [_preferred(report) for report in refused or reports if report.recipients],
        addresses_in(mail.header("X-Failed-Recipients")),
        _by_flufl(mail),
        _in_words(mail, words),
        [
            address
            for enclosed in mail.enclosed
            for address in header_addresses(enclosed, "To", "Cc")
        ],
    ):
        if found:
            return list(dict.fromkeys(found))
    return []


def _preferred(report: Report) -> str:
    """The address as the sender wrote it, if the report keeps it."""
    return report.recipients[0]


def _by_flufl(mail: Mail) -> list[str]:
    """What flufl.bounce finds; it raises on some reports, which then say nothing."""
    if mail.size > MAX_SCANNED_BYTES:
        return []
    try:
        found = scan_message(mail.root)
    except Exception:  # of many classes, see its tracker
        return []
    addresses = [
        as_address(address.decode("ascii", "ignore"))
        for address in found
        if isinstance(address, bytes)
    ]
    return sorted(address for address in addresses if address)


def _in_words(mail: Mail, words: str) -> list[str]:
    """Addresses in the words that are neither sender nor addressee of the report."""
    own = set(
        header_addresses(
            mail.root, "From", "To", "Delivered-To", "X-Original-To", "Return-Path"
        )
    )
    senders = {
        address
        for enclosed in mail.enclosed
        for address in header_addresses(enclosed, "From", "Return-Path")
    }
    others = [
        address
        for address in addresses_in(words)
        if address not in own | senders and not _ROBOTS.search(address)
    ]
    return others[:1]


def _is_delivered(reports: list[Report]) -> bool:
    actions = {report.action for report in reports if report.action}
    return bool(actions) and actions <= {"delivered", "relayed", "expanded"}


def _final(mail: Mail, reports: list[Report], words: str) -> str:
    actions = {report.action for report in reports}
    if "failed" in actions:
        return "failed"
    if "delayed" in actions:
        return "delayed"
    text = f"{mail.subject}\n{words}"
    is_delay = _DELAYED.search(text) and not _GAVE_UP.search(text)
    return "delayed" if is_delay else "failed"
