"""Asks web addresses that people typed, and never anything inside our own network.

Every name is resolved first; if one of its addresses is private, loopback or the
like, nothing is asked at all. The connection then goes to that very address, so
that a second answer of the DNS changes nothing, and each redirect is judged anew.
"""

from __future__ import annotations

import enum
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import dns.exception
import dns.resolver

DNS_SECONDS = 2.0
ANSWER_SECONDS = 5.0  # for one address, redirects included
MOST_REDIRECTS = 5
MOST_ADDRESSES = 3
MOST_SIZE_DIGITS = 15  # of what a server says; more is no size
PORTS = frozenset({80, 443, 8080, 8443})
AGENT = "Winback/1 (checks the links of a mail)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
# Servers that do not know HEAD, or treat it as an attack, may know GET.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 501, 503})
MayReach = Callable[[str], bool]


class Finding(enum.StrEnum):
    """What asking an address has shown."""

    ALIVE = "alive"
    GONE = "gone"  # 404, 410: nothing is there
    REFUSED = "refused"  # it answers, but not to a program: 401, 403, 429 and the like
    BROKEN = "broken"  # the server says that it has a fault: 5xx
    NO_HOST = "no_host"  # the name does not exist
    BAD_CERTIFICATE = "bad_cert"
    NO_ANSWER = "no_answer"  # not within a few seconds, from here
    NOT_ASKED = "not_asked"  # inside our own network, or no web address


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``status`` is 0 where no server answered; ``size_bytes`` is None if unknown."""

    finding: Finding
    status: int = 0
    content_type: str = ""
    size_bytes: int | None = None


class _StopError(Exception):
    """Nothing more is to be learnt; ``finding`` says what was."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also inside of another.

    IPv4 addresses inside of IPv6 ones (mapped, 6to4, Teredo, NAT64) are judged
    themselves.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def ask(
    url: str, *, may_reach: MayReach = is_public, seconds: float = ANSWER_SECONDS
) -> Answer:
    """What ``url`` answers to a HEAD, or a GET of its beginning. Never raises.

    No cookies, no login, nothing of ours is sent. ``may_reach`` says of an IP
    address whether it may be asked.
    """
    try:
        return _Asking(may_reach, seconds).follow(url)
    except _StopError as stop:
        return Answer(finding=stop.finding)


class _Asking:
    """One address and where it leads, within one span of time."""

    def __init__(self, may_reach: MayReach, seconds: float) -> None:
        self.may_reach = may_reach
        self.ends = time.monotonic() + seconds

    def follow(self, url: str) -> Answer:
        for _turn in range(MOST_REDIRECTS + 1):
            parts = _web_address(url)
            answer, target = self._once(parts, "HEAD")
            if answer.status in _ASK_AGAIN:
                answer, target = self._once(parts, "GET")
            if not target:
                return answer
            try:
                url = urljoin(url, target)
            except ValueError as error:  # "http://["
                raise _StopError(Finding.BROKEN) from error
        raise _StopError(Finding.BROKEN)  # it leads round in circles

    def _once(self, parts: SplitResult, method: str) -> tuple[Answer, str]:
        addresses = self._addresses(parts.hostname or "")
        for address in addresses[:MOST_ADDRESSES]:
            left = self.ends - time.monotonic()
            if left <= 0:
                break
            connection = _connection(parts, address, left)
            try:
                return connection.told(parts, method)
            except ssl.SSLCertVerificationError as error:
                raise _StopError(Finding.BAD_CERTIFICATE) from error
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connection.close()
        raise _StopError(Finding.NO_ANSWER)

    def _addresses(self, host: str) -> list[str]:
        addresses = _resolved(host)
        if not all(map(self.may_reach, addresses)):
            raise _StopError(Finding.NOT_ASKED)
        return addresses


def _web_address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _StopError(Finding.NOT_ASKED) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _StopError(Finding.NOT_ASKED)
    if parts.username is not None or (port is not None and port not in PORTS):
        raise _StopError(Finding.NOT_ASKED)
    return parts


def _resolved(host: str) -> list[str]:
    """The IP addresses of a name, asked of the DNS alone (no local names)."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode() if not host.isascii() else host
        found = dns.resolver.resolve_name(name, lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        raise _StopError(Finding.NO_HOST) from error
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise _StopError(Finding.NO_ANSWER) from error
    addresses = list(found.addresses())
    if not addresses:
        raise _StopError(Finding.NO_HOST)
    return addresses


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address that speaks of the name."""

    def __init__(self, host: str, address: str, port: int, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.address = address
        self.seconds = seconds

    def connect(self) -> None:
        self.sock = socket.create_connection(
            (self.address, self.port), timeout=self.timeout
        )

    def told(self, parts: SplitResult, method: str) -> tuple[Answer, str]:
        """The answer, and where it leads to ("" nowhere). Raises OSError.

        However slowly the server speaks, after ``seconds`` the line is cut.
        """
        self.connect()
        watch = threading.Timer(self.seconds, self._cut)
        watch.start()
        try:
            path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
            self.request(method, _ascii(path), headers=headers)
            response = self.getresponse()
            return _read(response), _target(response)
        finally:
            watch.cancel()

    def _cut(self) -> None:
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


class _PinnedTls(_Pinned):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _connection(parts: SplitResult, address: str, seconds: float) -> _Pinned:
    kind = _PinnedTls if parts.scheme == "https" else _Pinned
    host = parts.hostname or ""
    return kind(host, address, parts.port or kind.default_port, seconds)


def _ascii(path: str) -> str:
    """A path as it goes over the wire: letters beyond ASCII percent-encoded."""
    return "".join(
        c if "!" <= c <= "~" else "".join(f"%{byte:02X}" for byte in c.encode())
        for c in path
    )


def _read(response: http.client.HTTPResponse) -> Answer:
    size = response.getheader("Content-Length", "")
    is_size = size.isascii() and size.isdigit() and len(size) <= MOST_SIZE_DIGITS
    return Answer(
        finding=_finding(response.status),
        status=response.status,
        content_type=response.getheader("Content-Type", "").partition(";")[0][:100],
        size_bytes=int(size) if is_size else None,
    )


def _target(response: http.client.HTTPResponse) -> str:
    if response.status not in {301, 302, 303, 307, 308}:
        return ""
    return response.getheader("Location", "")


def _finding(status: int) -> Finding:
    if status in {404, 410}:
        return Finding.GONE
    if status >= 500:
        return Finding.BROKEN
    return Finding.REFUSED if status >= 400 else Finding.ALIVE
