"""What a recipient's side sends back, written as real mail programs and servers do."""

from __future__ import annotations

import enum
from datetime import datetime
from email.message import EmailMessage, Message
from email.utils import format_datetime, make_msgid

from winback.web.mailbox.rules import POLICY, ReadMail

MAIL_HOST = "mailbox.localhost"
# Fields of reports are read by machines: folding would encode long ones.
REPORT_POLICY = POLICY.clone(max_line_length=990)


class BounceKind(enum.StrEnum):
    HARD = "hard"
    SOFT = "soft"


# Status (RFC 3463) and words as large receivers write them.
BOUNCE_ANSWERS = {
    BounceKind.HARD: (
        "5.1.1",
        "550 5.1.1 The email account that you tried to reach does not exist",
    ),
    BounceKind.SOFT: ("4.2.2", "452 4.2.2 The recipient's inbox is out of storage"),
}


def reply_to(
    mail: ReadMail, *, recipient: str, text: str, now: datetime
) -> EmailMessage:
    """A person's reply: threaded by RFC 5322 §3.6.4, the original quoted below."""
    message = _answer(mail, recipient=recipient, now=now)
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    message.set_content(f"{text}\n\n{mail.sender} wrote ({mail.date}):\n{quoted}\n")
    return message


def vacation_notice(mail: ReadMail, *, recipient: str, now: datetime) -> EmailMessage:
    """What an office mailbox sends by itself while its owner is away (RFC 3834)."""
    message = _answer(mail, recipient=recipient, now=now)
    message.replace_header("Subject", f"Automatic reply: {mail.subject}")
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content("I am out of the office and will answer when I am back.\n")
    return message


def bounce_of(
    raw: bytes, *, kind: BounceKind, sender: str, recipient: str, now: datetime
) -> EmailMessage:
    """The delivery report (RFC 3464) of a server that could not deliver ``raw``."""
    status, words = BOUNCE_ANSWERS[kind]
    report = EmailMessage(policy=REPORT_POLICY)
    report["From"] = f"Mail Delivery Subsystem <mailer-daemon@{MAIL_HOST}>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(now)
    report["Message-ID"] = make_msgid(domain=MAIL_HOST)
    report["Auto-Submitted"] = "auto-replied"
    report["MIME-Version"] = "1.0"
    report["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    report.set_payload(
        [
            _notice(recipient, words),
            _delivery_status(recipient, status, words, now),
            _original_headers(raw),
        ]
    )
    return report


def _answer(mail: ReadMail, *, recipient: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = recipient
    message["To"] = mail.reply_to
    has_prefix = mail.subject.lower().startswith("re:")
    message["Subject"] = mail.subject if has_prefix else f"Re: {mail.subject}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=MAIL_HOST)
    if mail.message_id:
        message["In-Reply-To"] = mail.message_id
        message["References"] = f"{mail.references} {mail.message_id}".strip()
    return message


def _notice(recipient: str, words: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part.set_content(
        f"This is the mail system at host {MAIL_HOST}.\n\n"
        f"Your message could not be delivered to <{recipient}>:\n{words}\n"
    )
    return part


def _delivery_status(
    recipient: str, status: str, words: str, now: datetime
) -> Message[str, str]:
    about_message: Message[str, str] = Message()
    about_message["Reporting-MTA"] = f"dns; {MAIL_HOST}"
    about_message["Arrival-Date"] = format_datetime(now)
    about_recipient: Message[str, str] = Message()
    about_recipient["Final-Recipient"] = _address_type_and_value(recipient)
    about_recipient["Action"] = "failed" if status.startswith("5") else "delayed"
    about_recipient["Status"] = status
    about_recipient["Diagnostic-Code"] = f"smtp; {words}"
    part: Message[str, str] = Message()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([about_message, about_recipient])
    return part


def _address_type_and_value(address: str) -> str:
    """In ASCII, whatever the script: utf-8-addr-xtext of RFC 6533, section 3."""
    if address.isascii():
        return f"rfc822; {address}"
    coded = (c if c.isascii() else f"\\x{{{ord(c):X}}}" for c in address)
    return f"utf-8; {''.join(coded)}"


def _original_headers(raw: bytes) -> Message[str, str]:
    headers = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    part: Message[str, str] = Message()
    part["Content-Type"] = "text/rfc822-headers"
    part.set_payload(headers.decode("ascii", "surrogateescape") + "\n")
    return part
