"""Whether an address is free, told before anything starts."""

from __future__ import annotations

import socket

from winback.web.running.ports import is_answering, port_problems
from winback.web.running.services import Port


def test_port_problems_free_port_is_none():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]

    assert port_problems([Port("127.0.0.1", number, "WINBACK_PORT")]) == []


def test_port_problems_taken_port_names_the_setting():
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]

        problems = port_problems([Port("127.0.0.1", number, "WINBACK_PORT")])

    assert problems == [
        f"127.0.0.1:{number} is taken by another program. "
        "Choose another with WINBACK_PORT=..."
    ]


def test_port_problems_foreign_address_is_told():
    problems = port_problems([Port("192.0.2.1", 9199, "WINBACK_PORT")])

    assert problems == [
        "192.0.2.1:9199 is not an address of this machine. "
        "Choose another with WINBACK_PORT=..."
    ]


def test_port_problems_one_number_twice_names_both_settings():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]

    problems = port_problems(
        [
            Port("127.0.0.1", number, "WINBACK_PORT"),
            Port("127.0.0.1", number, "WINBACK_MAILBOX_PORT"),
        ]
    )

    assert problems == [
        f"WINBACK_MAILBOX_PORT and WINBACK_PORT are both {number}: each needs its own."
    ]


def test_is_answering_tells_a_server_from_silence():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = Port("127.0.0.1", server.getsockname()[1], "WINBACK_PORT")
        assert is_answering(port) is True

    assert is_answering(port) is False
