"""Whether the addresses we need are free, asked before anything starts."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from winback.web.running.services import Port

REASONS = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EACCES: "may not be used by this user",
    errno.EADDRNOTAVAIL: "is not an address of this machine",
}


def port_problems(ports: Iterable[Port]) -> list[str]:
    """One line for each address that cannot be had, naming the setting to change."""
    problems = []
    seen: dict[int, str] = {}
    for port in ports:
        if port.number in seen:
            problems.append(
                f"{port.variable} and {seen[port.number]} are both {port.number}: "
                "each needs its own."
            )
            continue
        seen[port.number] = port.variable
        reason = _refusal(port)
        if reason:
            problems.append(
                f"{port.host}:{port.number} {reason}. "
                f"Choose another with {port.variable}=..."
            )
    return problems


def is_answering(port: Port) -> bool:
    """Whether a service accepts connections there; asked of this machine only."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(port.host, port.host)  # noqa: S104
    try:
        with socket.create_connection((host, port.number), timeout=1):
            return True
    except OSError:
        return False


def _refusal(port: Port) -> str:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            port.host, port.number, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Our own connections of a moment ago may linger in TIME_WAIT.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return REASONS.get(error.errno or 0, f"cannot be used: {error.strerror}")
    return ""
