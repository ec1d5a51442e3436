"""Where and how to reach a mail server: the URL of WINBACK_EMAIL_URL."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from winback.core.config import is_loopback

DEFAULT_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
MOST_CONNECTIONS = 50


class ServerUrlError(ValueError):
    """The address of the mail server cannot be used; says why."""


class LoopbackOnlyError(Exception):
    """In demo mode mail may not leave this machine, whatever the settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """One server as configured.

    ``smtp`` is plain, ``smtp+tls`` begins with STARTTLS and insists on it,
    ``smtps`` is encrypted from the first byte. Certificates are always checked,
    against ``ca_file`` if one is given.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    connections: int = 8
    hello_name: str = "localhost"
    ca_file: str = ""
    # RFC 5321, 4.5.3.2 allows 5 minutes for commands and 10 after the dot; a
    # server slower than these is better asked again than waited for.
    connect_seconds: float = 30
    command_seconds: float = 120
    content_seconds: float = 600
    loopback_only: bool = False

    @property
    def key(self) -> str:
        """What limits and holds of this server are kept under."""
        return f"{self.host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext:
        """Checks name and certificate; TLS 1.2 at least."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def refuse_foreign(self, host: str) -> None:
        """Raises LoopbackOnlyError for a host that demo mode must not reach."""
        if self.loopback_only and not is_loopback(host):
            raise LoopbackOnlyError(f"demo mode: {host} is not this machine")


def parse_server_url(
    url: str, *, hello_name: str = "localhost", loopback_only: bool = False
) -> MailServer:
    """``smtp[s|+tls]://user:password@host:port?connections=8&ca_file=…&timeout=…``.

    Raises ServerUrlError saying what is wrong with it.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ServerUrlError(
            "begin it with smtp://, smtp+tls:// or smtps:// and a host"
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = options.keys() - {"connections", "ca_file", "timeout"}
    if unknown:
        raise ServerUrlError(f"no such option: {', '.join(sorted(unknown))}")
    command_seconds = _number(options, "timeout", 120, most=600)
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_port(parts.scheme, url),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        connections=_number(options, "connections", 8, most=MOST_CONNECTIONS),
        hello_name=hello_name,
        ca_file=options.get("ca_file", ""),
        connect_seconds=min(30, command_seconds),
        command_seconds=command_seconds,
        content_seconds=command_seconds * 5,
        loopback_only=loopback_only,
    )


def _port(scheme: str, url: str) -> int:
    try:
        return urlsplit(url).port or DEFAULT_PORTS[scheme]
    except ValueError as error:
        raise ServerUrlError("a port is a number from 1 to 65535") from error


def _number(options: dict[str, str], name: str, default: int, *, most: int) -> int:
    text = options.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ServerUrlError(f"{name} is a number from 1 to {most}")
    return int(text)
