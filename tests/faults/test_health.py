"""What monitoring hears while database and broker are away, or hang."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.delivery.smtp_script import wait_for
from tests.faults.house import House

pytestmark = pytest.mark.faults
ANSWERS_WITHIN_SECONDS = 20
Answer = tuple[int, dict[str, str]]
ALIVE = (200, {"status": "ok"})
READY = (200, {"status": "ready", "database": "ok", "broker": "ok"})


def asked(house: House, path: str) -> Answer:
    connection = http.client.HTTPConnection(
        "127.0.0.1", house.web_port, timeout=ANSWERS_WITHIN_SECONDS
    )
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (ConnectionError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def not_ready(**parts: str) -> Answer:
    usual = {"status": "not ready", "database": "ok", "broker": "ok"}
    return 503, usual | parts


@pytest.fixture
def house(build: Callable[..., House], servers: dict[str, object]) -> House:
    """A web process alone; it needs no worker to say how it is."""
    house = build(
        database_url=servers["database"].url, broker_url=servers["broker"].url
    )
    house.open(1)
    house.start("web")
    wait_for(lambda: asked(house, "/readyz") == READY, seconds=60)
    return house


@contextmanager
def hanging(*pids: int) -> Iterator[None]:
    """They exist, take connections, and do nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_database_is_killed_web_lives_and_says_so(
    house: House, servers: dict[str, object]
) -> None:
    servers["database"].kill()

    assert asked(house, "/healthz") == ALIVE
    assert asked(house, "/readyz") == not_ready(database="wrong")

    servers["database"].start()
    assert asked(house, "/readyz") == READY


def test_broker_is_killed_web_lives_and_says_so(
    house: House, servers: dict[str, object]
) -> None:
    servers["broker"].kill()

    assert asked(house, "/healthz") == ALIVE
    assert asked(house, "/readyz") == not_ready(broker="wrong")

    servers["broker"].start()
    assert asked(house, "/readyz") == READY


def test_database_hangs_web_still_answers_however_often_it_is_asked(
    house: House, servers: dict[str, object]
) -> None:
    answers: list[Answer] = []
    askers = [
        threading.Thread(target=lambda: answers.append(asked(house, "/readyz")))
        for _ in range(12)  # more than the web process has threads
    ]
    with hanging(*servers["database"].processes()):
        for asker in askers:
            asker.start()
        assert asked(house, "/healthz") == ALIVE
        for asker in askers:
            asker.join()
        assert answers == [not_ready(database="wrong")] * 12

    wait_for(lambda: asked(house, "/readyz") == READY, seconds=30)
    wait_for(lambda: asked(house, "/healthz") == ALIVE)


def test_broker_hangs_web_still_answers(
    house: House, servers: dict[str, object]
) -> None:
    with hanging(servers["broker"].process.pid):
        assert asked(house, "/readyz") == not_ready(broker="wrong")
        assert asked(house, "/healthz") == ALIVE

    wait_for(lambda: asked(house, "/readyz") == READY, seconds=30)
