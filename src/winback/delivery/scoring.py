"""Asks a spam scorer of one's own what it thinks of a mail: spamd or rspamd."""

from __future__ import annotations

import json
import re
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass

SECONDS = 15.0  # a first mail after its start takes a scorer longer
MOST_ANSWER_BYTES = 1_000_000
SHOWN_RULES = 10
_SCORE = re.compile(
    r"^Spam:\s*(?:True|False)\s*;\s*(-?[0-9.]+)\s*/\s*(-?[0-9.]+)", re.IGNORECASE | re.M
)


class ScorerError(Exception):
    """The scorer gave no score; the message says why."""


@dataclass(frozen=True, slots=True)
class Score:
    """Points of a mail; from ``limit`` on the scorer calls it spam."""

    points: float
    limit: float
    rules: list[str]  # the names of what it found, at most SHOWN_RULES

    @property
    def is_spam(self) -> bool:
        return self.points >= self.limit


def ask_spamd(place: str, mail: bytes, *, seconds: float = SECONDS) -> Score:
    """The score by SpamAssassin's spamd at ``host:port`` (its protocol, 1.5).

    Raises ScorerError.
    """
    host, _colon, port = place.rpartition(":")
    head = f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(mail)}\r\n\r\n".encode()
    try:
        address = host.strip("[]"), int(port)
        with socket.create_connection(address, timeout=seconds) as talk:
            talk.sendall(head + mail)
            talk.shutdown(socket.SHUT_WR)
            answer = _everything(talk)
    except (OSError, ValueError) as error:
        raise ScorerError(str(error)) from error
    return _spamd_score(answer.decode("utf-8", "replace"))


def ask_rspamd(url: str, mail: bytes, *, seconds: float = SECONDS) -> Score:
    """The score by rspamd's HTTP worker below ``url``. Raises ScorerError."""
    request = urllib.request.Request(f"{url}/checkv2", data=mail, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            given = json.loads(response.read(MOST_ANSWER_BYTES))
        symbols = given.get("symbols") or {}
        return Score(
            float(given["score"]),
            float(given["required_score"]),
            sorted(symbols, key=lambda name: -_points(symbols[name]))[:SHOWN_RULES],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScorerError(str(error)) from error


def _points(symbol: object) -> float:
    score = symbol.get("score", 0) if isinstance(symbol, dict) else 0
    return float(score) if isinstance(score, int | float) else 0.0


def _spamd_score(answer: str) -> Score:
    head, _gap, body = answer.replace("\r\n", "\n").partition("\n\n")
    found = _SCORE.search(head)
    if found is None:
        said = head.partition("\n")[0][:200]
        raise ScorerError(said or "no answer")
    rules = [name for name in re.split(r"[,\s]+", body) if name]
    return Score(float(found.group(1)), float(found.group(2)), rules[:SHOWN_RULES])


def _everything(talk: socket.socket) -> bytes:
    received = bytearray()
    while len(received) < MOST_ANSWER_BYTES:
        piece = talk.recv(65536)
        if not piece:
            break
        received += piece
    return bytes(received)
