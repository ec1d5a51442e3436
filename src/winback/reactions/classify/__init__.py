"""What a message that came in is: bytes in, one plain value out.

Rules are general: protocol first (RFC 3464, 3834, 5965), then the wording of
mail systems, then structure. No database, no network, never an exception.
"""

from __future__ import annotations

from dataclasses import replace

from winback.reactions.classify.absence import new_address, returns_on
from winback.reactions.classify.automatic import is_automatic, is_challenge
from winback.reactions.classify.bounce import read_bounce
from winback.reactions.classify.complaint import (
    complaint_recipients,
    feedback_text,
    feedback_type,
)
from winback.reactions.classify.parsing import (
    Mail,
    header_addresses,
    header_text,
    message_ids,
    read,
)
from winback.reactions.classify.result import Classified, Kind
from winback.reactions.classify.signs import looks_like_bounce
from winback.reactions.classify.visible import visible_text
from winback.reactions.classify.wishes import asks_to_unsubscribe

__all__ = ["Classified", "Kind", "classified", "classify"]


def classify(raw: bytes) -> Classified:
    """What ``raw`` is. Whatever cannot be read is unknown, for a person to see."""
    try:
        return classified(read(raw))
    except Exception:  # the bytes come from anywhere; an answer must come back
        return Classified(kind=Kind.UNKNOWN, reason="unreadable")


def classified(mail: Mail) -> Classified:
    """What a message that was read is; ``classify`` without its net."""
    letter = Classified(
        kind=Kind.UNKNOWN,
        subject=mail.subject[:500],
        message_id=mail.header("Message-ID")[:500],
        from_address=next(iter(header_addresses(mail.root, "From")), ""),
        mentioned_ids=_mentioned_ids(mail),
    )
    if not mail.root.keys():
        return replace(letter, reason="nomail")
    if feedback := feedback_text(mail):
        return replace(
            letter,
            kind=Kind.COMPLAINT,
            recipients=complaint_recipients(mail, feedback),
            reason=feedback_type(feedback),
        )
    if looks_like_bounce(mail):
        return _as_bounce(mail, letter)
    return _as_letter(mail, letter)


def _as_bounce(mail: Mail, letter: Classified) -> Classified:
    bounce = read_bounce(mail)
    return replace(
        letter,
        kind=Kind.DELIVERED if bounce.delivered else Kind.BOUNCE,
        recipients=bounce.recipients,
        bounce="" if bounce.delivered else bounce.strength,
        final="" if bounce.delivered else bounce.final,
        reason="delivered" if bounce.delivered else bounce.reason,
        status=bounce.status,
        diagnostic=bounce.diagnostic,
        new_address=(
            new_address(bounce.diagnostic, known=set(bounce.recipients))
            if bounce.reason == "hasmoved"
            else None
        ),
    )


def _as_letter(mail: Mail, letter: Classified) -> Classified:
    visible = visible_text(mail.text)
    kind = _kind_of_letter(mail, visible)
    letter = replace(letter, kind=kind, visible_text=visible)
    if kind in {Kind.AUTO_REPLY, Kind.REPLY}:
        known = set(header_addresses(mail.root, "From", "Reply-To", "To", "Cc"))
        letter = replace(letter, new_address=new_address(visible, known=known))
    if kind is Kind.AUTO_REPLY:
        letter = replace(letter, returns_on=returns_on(mail))
    if kind is Kind.UNSUBSCRIBE:
        people = [letter.from_address] if letter.from_address else []
        letter = replace(letter, reason="opt-out", recipients=people)
    return letter


def _kind_of_letter(mail: Mail, visible: str) -> Kind:
    # Apple Mail's button writes an automatic mail, but the wish is a person's.
    if mail.header("X-Apple-Unsubscribe").lower() == "true":
        return Kind.UNSUBSCRIBE
    if is_challenge(mail, visible):
        return Kind.CHALLENGE
    if is_automatic(mail):
        return Kind.AUTO_REPLY
    if asks_to_unsubscribe(subject=mail.subject, visible_text=visible):
        return Kind.UNSUBSCRIBE
    is_answer = mail.header("In-Reply-To") or mail.header("References")
    return (
        Kind.REPLY if visible and (is_answer or mail.header("From")) else Kind.UNKNOWN
    )


def _mentioned_ids(mail: Mail) -> list[str]:
    texts = [mail.header("In-Reply-To"), mail.header("References")]
    texts += [header_text(enclosed, "Message-ID") for enclosed in mail.enclosed]
    ids = [found for text in texts for found in message_ids(text)]
    if not ids:  # the copy may be quoted in plain text only
        lines = (line for line in mail.text.split("\n") if "essage-" in line[:12])
        ids = [found for line in lines for found in message_ids(line)]
    return list(dict.fromkeys(ids))[:50]
