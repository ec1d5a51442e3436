"""Text folded for searching: the same words in different writing become equal."""

from __future__ import annotations

import re
import unicodedata

_PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
# Arabic letters that Persian keyboards write with other code points, and the
# two series of digits: Unicode keeps them apart, readers do not.
SCRIPT_FROM = "يكى" + _PERSIAN_DIGITS + _ARABIC_DIGITS
SCRIPT_TO = "یکی" + "0123456789" * 2
_SCRIPT = str.maketrans(SCRIPT_FROM, SCRIPT_TO)
# Most texts hold none of them; looking is eight times as quick as translating.
_HAS_SCRIPT = re.compile(f"[{SCRIPT_FROM}]")


def fold_script(text: str) -> str:
    """``text`` with Arabic and Persian letters and digits made alike; case stays."""
    text = unicodedata.normalize("NFC", text)
    return text.translate(_SCRIPT) if _HAS_SCRIPT.search(text) else text


def fold(text: str) -> str:
    """``text`` as compared by contains, starts_with and ends_with.

    Case is folded in every script and look-alike letters and digits are made
    one. Idempotent. May be longer than ``text`` (``ß`` becomes ``ss``).
    """
    if text.isascii():
        return text.lower()
    folded = fold_script(text).casefold()
    # Folding can decompose (``İ``); composing again keeps fold(fold(x)) == fold(x).
    return unicodedata.normalize("NFC", folded)


def is_one_line(text: str) -> bool:
    """Whether ``text`` can stand in a mail's header without ending it.

    Every control character is refused, not only CR and LF: mail programs read
    some of the others as line ends, too (Unicode's line separators included).
    """
    return not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in text)
