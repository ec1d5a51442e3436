"""What is wrong with a subject line: values in, values out."""

from __future__ import annotations

import enum
import re
import unicodedata

LONGEST_SUBJECT = 60  # letters; phones show about so many. Our own choice.
MOST_CAPITALS = 0.7  # of at least so many letters:
FEWEST_LETTERS = 8
MOST_SYMBOLS = 3
# "Re:" and "Fwd:" as mail programs of our languages write them.
_ANSWER = re.compile(
    r"\s*(re|fw|fwd|aw|wg|відп|ответ|пересл|پاسخ|ارجاع)\s*(\[\d+\])?\s*[:：]",  # noqa: RUF001
    re.IGNORECASE,
)
_SHOUTS = re.compile(r"[!?؟]{3,}|[$€£₴]{3,}|!.*!.*!")


class SubjectFault(enum.StrEnum):
    LONG = "long"
    CAPITALS = "capitals"
    FAKE_ANSWER = "fake_answer"
    SHOUTS = "shouts"
    SYMBOLS = "symbols"


def subject_faults(subject: str) -> list[SubjectFault]:
    """What mail programs and people take amiss, in the order of the enum."""
    checks = {
        SubjectFault.LONG: len(subject) > LONGEST_SUBJECT,
        SubjectFault.CAPITALS: is_in_capitals(subject),
        SubjectFault.FAKE_ANSWER: _ANSWER.match(subject) is not None,
        SubjectFault.SHOUTS: _SHOUTS.search(subject) is not None,
        SubjectFault.SYMBOLS: _symbols(subject) > MOST_SYMBOLS,
    }
    return [fault for fault, is_there in checks.items() if is_there]


def is_in_capitals(subject: str) -> bool:
    """Whether most letters are capitals; scripts without any never are."""
    cased = [c for c in subject if c.isupper() or c.islower()]
    capitals = sum(c.isupper() for c in cased)
    return len(cased) >= FEWEST_LETTERS and capitals > MOST_CAPITALS * len(cased)


def says_the_same(subject: str, preheader: str) -> bool:
    """Whether a mail list would show the same words twice."""
    one, other = _bare(subject), _bare(preheader)
    if not one or not other:
        return False
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _symbols(text: str) -> int:
    return sum(unicodedata.category(c) == "So" for c in text)
