"""What WINBACK_INBOUND_IMAP says of mailboxes that are read for replies.

``imaps://user:password@host:993/Folder?which=new&then=keep&most=200``; several
with white space between them. No Django here, like in ``core.config``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from winback.core.loopback import is_loopback

VARIABLE = "WINBACK_INBOUND_IMAP"
PORTS = {"imaps": 993, "imap+tls": 143, "imap": 143}
WHICH = ("new", "unseen")
THEN = ("keep", "seen")
MOVE = "move:"
MOST_MESSAGES = 5000
# Where an access token for XOAUTH2 comes from; a mailbox names at most one.
TOKEN_SOURCES = ("token_file", "token_command", "oauth_file")
_OPTIONS = {"which", "then", "most", "ca", *TOKEN_SOURCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """One folder of one mailbox, and how it is read."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    which: str = "new"  # since the last one that was taken in, or unseen ones
    then: str = "keep"  # what happens to a message that was taken in
    most: int = 200  # messages taken in by one look
    ca: str = ""  # a file of certificates to trust instead of the machine's
    token_source: str = ""  # one of TOKEN_SOURCES; empty: the password
    token_from: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """What its state is kept under; holds no secret."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @property
    def move_to(self) -> str:
        """The folder into which what was read is moved, or ""."""
        return self.then.removeprefix(MOVE) if self.then.startswith(MOVE) else ""


def imap_mailboxes(text: str, problems: list[str]) -> tuple[ImapMailbox, ...]:
    """The mailboxes in the order given; adds to ``problems`` what is wrong.

    No problem repeats a password.
    """
    found = []
    for number, url in enumerate(text.split(), start=1):
        try:
            found.append(parse_imap_url(url))
        except ValueError as error:
            problems.append(f"{VARIABLE}, mailbox {number}: {error}.")
    keys = [box.key for box in found]
    problems.extend(
        f"{VARIABLE}: {key} is named twice."
        for key in sorted({key for key in keys if keys.count(key) > 1})
    )
    return tuple(found)


def parse_imap_url(url: str) -> ImapMailbox:
    """One mailbox. Raises ValueError saying what is wrong, without secrets."""
    parts = urlsplit(url)
    host, user = parts.hostname or "", unquote(parts.username or "")
    if parts.scheme not in PORTS:
        wanted = ", ".join(f"{scheme}://" for scheme in PORTS)
        raise ValueError(f"begin it with one of {wanted}")
    if not host or not user:
        raise ValueError("write it like imaps://user:password@host/Folder")
    if parts.scheme == "imap" and not is_loopback(host):
        raise ValueError(
            "imap:// is for this machine only: use imaps:// or imap+tls://"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"no such option: {', '.join(sorted(unknown))}")
    password = unquote(parts.password or "")
    source = _token_source(options, password)
    which, then = _reading(options)
    return ImapMailbox(
        scheme=parts.scheme,
        host=host,
        port=parts.port or PORTS[parts.scheme],
        user=user,
        password=password,
        folder=unquote(parts.path.strip("/")) or "INBOX",
        which=which,
        then=then,
        most=_most(options.get("most", "200")),
        ca=_existing(options, "ca"),
        token_source=source,
        token_from=options.get(source, ""),
    )


def _token_source(options: Mapping[str, str], password: str) -> str:
    given = [name for name in TOKEN_SOURCES if name in options]
    if len(given) + bool(password) != 1:
        raise ValueError(f"give either a password or one of {', '.join(TOKEN_SOURCES)}")
    if given and given[0] != "token_command":
        _existing(options, given[0])
    return given[0] if given else ""


def _reading(options: Mapping[str, str]) -> tuple[str, str]:
    which = options.get("which", "new")
    then = options.get("then", "keep" if which == "new" else "seen")
    if which not in WHICH:
        raise ValueError(f"which is one of {', '.join(WHICH)}")
    if then not in THEN and not then.removeprefix(MOVE).strip(" /"):
        raise ValueError("then is keep, seen or move:Folder")
    if then not in THEN and not then.startswith(MOVE):
        raise ValueError("then is keep, seen or move:Folder")
    if which == "unseen" and then == "keep":
        raise ValueError("which=unseen needs then=seen or then=move:Folder")
    return which, then


def _most(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= 5
    if not digits or not 1 <= int(text) <= MOST_MESSAGES:
        raise ValueError(f"most is a number from 1 to {MOST_MESSAGES}")
    return int(text)


def _existing(options: Mapping[str, str], name: str) -> str:
    path = options.get(name, "")
    if name in options and not Path(path).is_file():
        raise ValueError(f"{name}: there is no file {path!r}")
    return path
