"""Access tokens for XOAUTH2: from a file, a command, or a refresh token.

A refresh token stands in a JSON file: ``{"token_url", "client_id",
"client_secret", "refresh_token", "scope"}`` (RFC 6749, section 6). Nothing of a
token is ever logged or told.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from winback.core.imap_config import ImapMailbox
from winback.core.loopback import is_loopback
from winback.reactions.imap.faults import Fault, MailboxError

TIMEOUT_SECONDS = 30
# A token that is about to expire is not used any more.
SPARE_SECONDS = 60
MAX_ANSWER_BYTES = 100_000
_WANTED = {"token_url", "client_id", "refresh_token"}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float  # by time.monotonic()


_tokens: dict[str, _Token] = {}


def access_token(box: ImapMailbox) -> str:
    """A token that is valid now. Raises MailboxError if none can be got."""
    try:
        if box.token_source == "token_file":  # noqa: S105 - an option
            token = Path(box.token_from).read_text(encoding="utf-8")
        elif box.token_source == "token_command":  # noqa: S105
            token = _said_by(box.token_from)
        else:
            token = _refreshed(box)
    except OSError as error:
        raise MailboxError(Fault.TOKEN, error.strerror or "") from error
    except ValueError as error:
        raise MailboxError(Fault.TOKEN) from error
    if not token.strip():
        raise MailboxError(Fault.TOKEN, "it is empty")
    return token.strip()


def forget_token(box: ImapMailbox) -> None:
    """The server did not take it: the next one is asked for anew."""
    _tokens.pop(box.key, None)


def _said_by(command: str) -> str:
    """What a command prints; no shell is asked. Raises MailboxError if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the administrator's own command
            shlex.split(command),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise MailboxError(Fault.TOKEN, "the command took too long") from error
    except subprocess.CalledProcessError as error:
        words = f"the command ended with {error.returncode}"
        raise MailboxError(Fault.TOKEN, words) from error
    return done.stdout


def _refreshed(box: ImapMailbox) -> str:
    known = _tokens.get(box.key)
    if known and known.until > time.monotonic():
        return known.text
    told = json.loads(Path(box.token_from).read_text(encoding="utf-8"))
    if not isinstance(told, dict) or not told.keys() >= _WANTED:
        raise MailboxError(Fault.TOKEN, f"oauth_file needs {sorted(_WANTED)}")
    answer = _asked(told)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str):
        raise MailboxError(Fault.TOKEN, "the answer holds no access_token")
    lasts = seconds if isinstance(seconds, int | float) else 0
    _tokens[box.key] = _Token(token, time.monotonic() + lasts - SPARE_SECONDS)
    return token


def _asked(told: Mapping[str, object]) -> Mapping[str, object]:
    url = str(told["token_url"])
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise MailboxError(Fault.TOKEN, "token_url must begin with https://")
    names = ("client_id", "client_secret", "refresh_token", "scope")
    fields = {name: str(told[name]) for name in names if told.get(name)}
    body = urlencode({"grant_type": "refresh_token", **fields}).encode()
    try:
        with urlopen(Request(url, data=body), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            found = json.loads(answer.read(MAX_ANSWER_BYTES))
    except HTTPError as error:
        raise MailboxError(Fault.TOKEN, f"{parts.hostname}: {error.code}") from error
    except URLError as error:
        words = f"{parts.hostname}: {error.reason}"
        raise MailboxError(Fault.TOKEN, words) from error
    if not isinstance(found, dict):
        raise MailboxError(Fault.TOKEN, "the answer is no JSON object")
    return found
