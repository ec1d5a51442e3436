"""What a server says, read strictly: nonsense is an error, not a guess."""

from __future__ import annotations

import re

LONGEST_LINE = 4096
MOST_LINES = 128
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?")


class NonsenseError(Exception):
    """The server does not speak SMTP, or not now.

    ``said_before`` are the whole replies that came with it: they hold.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.said_before: list[Reply] = []


class Reply:
    """One complete reply: its code and the text of its lines."""

    __slots__ = ("_lines", "code")

    def __init__(self, code: int, lines: tuple[bytes, ...]) -> None:
        self.code = code
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line.decode("utf-8", "replace") for line in self._lines)

    @property
    def text(self) -> str:
        """All lines in one, fit for a person: printable, at most 400 characters."""
        joined = " ".join(line.strip() for line in self.lines)
        return "".join(c if c.isprintable() else " " for c in joined)[:400]

    @property
    def words(self) -> str:
        """Code and text, as they are kept and shown."""
        return f"{self.code} {self.text}"


class ReplyReader:
    """Bytes in, whole replies out."""

    __slots__ = ("_code", "_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._lines: list[bytes] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is half read."""
        return not self._rest and not self._lines

    def feed(self, received: bytes) -> list[Reply]:
        """The replies completed by ``received``, in order.

        Raises NonsenseError for anything that is not a reply (RFC 5321, 4.2).
        """
        *lines, self._rest = (self._rest + received).split(b"\n")
        replies: list[Reply] = []
        try:
            for line in lines:
                reply = self._line(line)
                if reply is not None:
                    replies.append(reply)
            if len(self._rest) > LONGEST_LINE:
                raise NonsenseError("a line without an end")
        except NonsenseError as error:
            error.said_before = replies
            raise
        return replies

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > LONGEST_LINE:
            raise NonsenseError(f"not an SMTP reply: {line[:60]!r}")
        code, dash, text = match.groups(b"")
        if dash != b"-" and not self._lines:  # most of them, by far
            return Reply(int(code), (text,))
        if self._lines and code != self._code:
            raise NonsenseError("a reply that changes its code")
        self._code = code
        self._lines.append(text)
        if len(self._lines) > MOST_LINES:
            raise NonsenseError("a reply without an end")
        if dash == b"-":
            return None
        reply = Reply(int(code), tuple(self._lines))
        self._lines = []
        return reply
