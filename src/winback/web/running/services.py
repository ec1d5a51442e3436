"""Which processes an installation consists of on one machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from winback.core.config import Config


@dataclass(frozen=True, slots=True)
class Service:
    """One process to keep running."""

    name: str
    command: tuple[str, ...]
    does: str


@dataclass(frozen=True, slots=True)
class Port:
    """An address that one of the services needs for itself."""

    host: str
    number: int
    variable: str


def services_of(config: Config) -> list[Service]:
    """In the order in which they are started."""
    services = [
        Service("web", _winback("web"), "pages and tracked links"),
        Service("worker", _winback("worker"), "sends mailings, imports"),
        Service("beat", _winback("beat"), "wakes the worker"),
        Service(
            "inbound",
            _winback("inbound", "listen", "--quiet"),
            "takes replies and bounces",
        ),
    ]
    if config.demo:
        services.insert(
            0, Service("mailbox", _winback("mailbox"), "demo mailbox, a mail server")
        )
    return services


def ports_of(config: Config) -> list[Port]:
    ports = [
        Port(config.bind, config.port, "WINBACK_PORT"),
        Port(config.inbound_bind, config.inbound_port, "WINBACK_INBOUND_PORT"),
    ]
    lmtp_host, colon, lmtp_port = config.inbound_lmtp.rpartition(":")
    if colon and not config.inbound_lmtp.startswith("/"):
        lmtp = Port(lmtp_host.strip("[]"), int(lmtp_port), "WINBACK_INBOUND_LMTP")
        ports.append(lmtp)
    if config.demo:
        ports.append(Port("127.0.0.1", config.mailbox_port, "WINBACK_MAILBOX_PORT"))
    return ports


def _winback(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "winback", *arguments)
