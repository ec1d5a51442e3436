"""Somebody who reads the mails while everything breaks, and clicks their links."""

from __future__ import annotations

import email
import email.policy
import http.client
import re
import threading
from dataclasses import dataclass, field

from tests.faults.house import House

LINK = re.compile(r"https?://[^/\s]+(/t/c/\S+)")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECONDS_BETWEEN_CLICKS = 0.02


def plain_text(content: bytes) -> str:
    """What a mail says to those who read no HTML."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    return str(mail.get_body(("plain",)).get_content())


@dataclass
class Reader:
    """Clicks the link of one mail after the other until ``stop``.

    ``answered`` are those whose click led on to the page: each must be known to
    the product for ever.
    """

    house: House
    answered: set[str] = field(default_factory=set)
    refused: int = 0

    def __post_init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def lost_clicks(self) -> int:
        """Answered, and not known."""
        rows = self.house.select(
            "SELECT DISTINCT row.address FROM reactions_hit hit"
            " JOIN mailings_recipient row ON row.id = hit.recipient_id"
            " WHERE hit.kind = 'click'"
        )
        return len(self.answered - {address for (address,) in rows})

    def _read(self) -> None:
        seen = 0
        while not self._stopped.wait(SECONDS_BETWEEN_CLICKS):
            mails = self.house.sink.mails
            if seen < len(mails):
                _, address, content = mails[seen]
                seen += 1
                self._click(address, content)

    def _click(self, address: str, content: bytes) -> None:
        link = LINK.search(plain_text(content))
        assert link, content
        if self._status_of(link[1]) == 302:
            self.answered.add(address)
        else:
            self.refused += 1

    def _status_of(self, path: str) -> int:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.house.web_port, timeout=5
        )
        try:
            connection.request("GET", path, headers={"User-Agent": BROWSER})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0  # the web server is dead at the moment
        finally:
            connection.close()
