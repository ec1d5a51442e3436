"""Requests to be left alone, in words."""

from __future__ import annotations

import re

_PHRASES = re.compile(
    r"\bunsubscribe\b|\bopt[ -]?out\b|\bremove me\b|take me off"
    r"|stop (?:emailing|mailing|"
    r"sending|writing)|(?:do not|don'?t) (?:e-?mail|mail|write|contact) me"
    r"|no more (?:e-?mails?|mails?)|відпис|відпиш|не пишіть|не надсилайте|видаліть мене"
    r"|отпис|отпиш"
    r"|не пишите|не присылайте|удалите меня|لغو اشتراک|حذف کنید|ایمیل نفرستید"
    r"|abmelden|abbestellen|désabonn|désinscri|darme de baja|cancelar (?:la )?suscripci"
    r"|wypis|rezygnuj",
    re.IGNORECASE,
)
# Whoever has more to say is answered by a person.
MAX_WORDS = 15


def asks_to_unsubscribe(*, subject: str, visible_text: str) -> bool:
    """Whether a short message says so, in its text or in a bare subject."""
    if len(visible_text.split()) > MAX_WORDS:
        return False
    if _PHRASES.search(visible_text):
        return True
    is_answer = re.match(r"\s*(?:re|aw|sv|fwd?|відп)\s*:", subject, re.IGNORECASE)
    return not is_answer and bool(_PHRASES.search(subject))
