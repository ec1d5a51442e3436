"""A folder of a mailbox, opened: what is there, one message, what is done with it."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Sequence

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from winback.core.imap_config import ImapMailbox
from winback.reactions.imap.faults import Fault, MailboxError
from winback.reactions.imap.tokens import access_token, forget_token

CONNECT_SECONDS = 15
READ_SECONDS = 60
# Of a message that is larger only the beginning is taken; it stays on the server.
MAX_MESSAGE_BYTES = 20 * 1024 * 1024
BEGINNING_BYTES = 1024 * 1024
SEEN = b"\\Seen"


class FolderSession:
    """One folder, selected. Every method may raise what ``opened`` turns into
    MailboxError."""

    def __init__(self, client: IMAPClient, box: ImapMailbox) -> None:
        self._client = client
        self._box = box
        self.uid_validity = self._select()

    def uids_after(self, uid: int) -> list[int]:
        """Ids of later messages, rising. (``5:*`` alone would name the last one
        even if it is older: RFC 3501, section 6.4.8.)"""
        found = self._client.search(["UID", f"{uid + 1}:*"])
        return sorted(one for one in found if one > uid)

    def uids_between(self, first: int, last: int) -> list[int]:
        """Ids of messages that are still there, both ends included."""
        if first > last:
            return []
        return sorted(self._client.search(["UID", f"{first}:{last}"]))

    def unseen_uids(self) -> list[int]:
        return sorted(self._client.search(["UNSEEN"]))

    def message(self, uid: int) -> bytes | None:
        """The message as it is, without marking it as read; None if it is gone.

        Of one above MAX_MESSAGE_BYTES the first BEGINNING_BYTES.
        """
        sizes = self._client.fetch([uid], ["RFC822.SIZE"])
        if uid not in sizes:
            return None
        is_large = int(sizes[uid].get(b"RFC822.SIZE", 0)) > MAX_MESSAGE_BYTES
        bound = BEGINNING_BYTES if is_large else MAX_MESSAGE_BYTES
        parts = self._client.fetch([uid], [f"BODY.PEEK[]<0.{bound}>"]).get(uid, {})
        body = parts.get(b"BODY[]<0>", parts.get(b"BODY[]"))
        return body if isinstance(body, bytes) else None

    def settle(self, uids: Sequence[int]) -> None:
        """Do with taken messages what is configured; twice is harmless."""
        if not uids or self._box.then == "keep":
            return
        self._client.add_flags(uids, [SEEN], silent=True)
        if self._box.move_to:
            self._move(uids, self._box.move_to)

    def _select(self) -> int:
        try:
            answer = self._client.select_folder(
                self._box.folder, readonly=self._box.then == "keep"
            )
        except IMAPClientError as error:
            raise MailboxError(Fault.FOLDER, _words(error)) from error
        if self._box.move_to and not self._client.folder_exists(self._box.move_to):
            raise MailboxError(Fault.FOLDER, self._box.move_to)
        return int(answer.get(b"UIDVALIDITY", 0))

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.delete_messages(uids, silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)  # never what somebody else deleted


@contextlib.contextmanager
def opened(box: ImapMailbox) -> Iterator[FolderSession]:
    """The folder, as long as the block lasts. Raises MailboxError for every fault."""
    try:
        client = _connected(box)
        try:
            _log_in(client, box)
            yield FolderSession(client, box)
        finally:
            with contextlib.suppress(Exception):  # it may be gone already
                client.logout()
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(Fault.CERTIFICATE, error.verify_message) from error
    except (OSError, EOFError) as error:
        raise MailboxError(Fault.UNREACHABLE, _words(error)) from error
    except IMAPClientError as error:
        raise MailboxError(Fault.PROTOCOL, _words(error)) from error


def _connected(box: ImapMailbox) -> IMAPClient:
    context = ssl.create_default_context(cafile=box.ca or None)
    client = IMAPClient(
        box.host,
        box.port,
        ssl=box.scheme == "imaps",
        ssl_context=context,
        timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
    )
    if box.scheme == "imap+tls":
        client.starttls(context)
    return client


def _log_in(client: IMAPClient, box: ImapMailbox) -> None:
    try:
        if box.token_source:
            client.oauth2_login(box.user, access_token(box))
        elif client.has_capability("AUTH=PLAIN"):
            # In UTF-8 (RFC 4616), where LOGIN takes only ASCII.
            client.plain_login(box.user, box.password)
        else:
            client.login(box.user, box.password)
    except (LoginError, UnicodeError) as error:
        forget_token(box)
        raise MailboxError(Fault.LOGIN, _words(error)) from error


def _words(error: BaseException) -> str:
    """The server's or the system's own words, without Python's marks."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)
    return text[2:-1] if text[:2] in {"b'", 'b"'} else text
