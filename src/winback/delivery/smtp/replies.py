"""What a server says, read strictly: nonsense is an error, not a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_LINE = 4096
MOST_LINES = 128
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?")


class NonsenseError(Exception):
    """The server does not speak SMTP, or not now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply: its code and the text of its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines in one, fit for a person: printable, at most 400 characters."""
        joined = " ".join(line.strip() for line in self.lines)
        return "".join(c if c.isprintable() else " " for c in joined)[:400]


class ReplyReader:
    """Bytes in, whole replies out."""

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._lines: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is half read."""
        return not self._rest and not self._lines

    def feed(self, received: bytes) -> list[Reply]:
        """The replies completed by ``received``, in order.

        Raises NonsenseError for anything that is not a reply (RFC 5321, 4.2).
        """
        *lines, self._rest = (self._rest + received).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise NonsenseError("a line without an end")
        replies = []
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                replies.append(reply)
        return replies

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > LONGEST_LINE:
            raise NonsenseError(f"not an SMTP reply: {line[:60]!r}")
        if self._lines and match[1] != self._code:
            raise NonsenseError("a reply that changes its code")
        self._code = match[1]
        self._lines.append((match[3] or b"").decode("utf-8", "replace"))
        if len(self._lines) > MOST_LINES:
            raise NonsenseError("a reply without an end")
        if match[2] == b"-":
            return None
        reply = Reply(int(self._code), tuple(self._lines))
        self._lines = []
        return reply
