"""kill -9 of the web process under load: no hit that was answered is lost.

One kill by default; WINBACK_TEST_HIT_KILLS=50 for more. On PostgreSQL, and with
everything else dying too, test_storm.py asks the same.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.faults.house import House

pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("WINBACK_TEST_HIT_KILLS", "1"))
RECIPIENTS, READERS = 40, 8
SECONDS_OF_LOAD = 1.0
WITHIN_SECONDS = 60
ANSWERED = {200, 302}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Readers:
    """Threads that open mails and follow links as fast as they are answered."""

    port: int
    paths: list[str]
    answered: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        number = 0
        while not self._stopped.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                while not self._stopped.is_set():
                    path = self.paths[number % len(self.paths)]
                    number += 1
                    connection.request("GET", path, headers={"User-Agent": BROWSER})
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status in ANSWERED:
                        with self._lock:
                            self.answered += 1
            except (OSError, http.client.HTTPException):
                self._stopped.wait(0.05)  # it is dead at the moment
            finally:
                connection.close()


def status_of(house: House, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", house.web_port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def wait_until(is_so: Callable[[], bool]) -> bool:
    for _ in range(WITHIN_SECONDS * 5):
        if is_so():
            return True
        time.sleep(0.2)
    return is_so()


def stored(house: House) -> int:
    return house.select("SELECT count(*) FROM reactions_hit")[0][0]


def test_killed_web_loses_no_answered_hit(
    build: Callable[..., House], record_property: Callable[[str, object], None]
) -> None:
    house = build()
    house.migrate()
    written = house.run(sys.executable, "tests/faults/fill_hits.py", str(RECIPIENTS))
    paths = json.loads(written)
    readers = Readers(house.web_port, [*paths["open"], *paths["click"]])
    readers.start()
    try:
        for _ in range(KILLS):
            web = house.start("web")
            assert wait_until(lambda: status_of(house, "/healthz") == 200)
            time.sleep(SECONDS_OF_LOAD)
            web.kill()
    finally:
        readers.stop()

    house.start("web")  # brings in what the dead one has left
    assert wait_until(lambda: status_of(house, "/healthz") == 200)
    is_complete = wait_until(lambda: stored(house) >= readers.answered)

    record_property("hits", f"{readers.answered} answered, {KILLS} kills")
    assert readers.answered > 100 * KILLS
    assert is_complete, f"{readers.answered - stored(house)} lost"
