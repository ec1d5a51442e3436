"""A name server on loopback that knows the records it is given."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset


class NameServer:
    """Answers TXT and A questions; what it knows may change while it runs."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}  # TXT
        self.addresses: dict[str, list[str]] = {}  # A
        self.asked: list[str] = []
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                packet, client = self._socket.recvfrom(4096)
            except OSError:
                return
            if packet == b"":
                return
            self._answer(packet, client)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"", ("127.0.0.1", self.port))

    def close(self) -> None:
        self._socket.close()

    def _answer(self, packet: bytes, client: tuple[str, int]) -> None:
        question = dns.message.from_wire(packet)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.is_silent:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        texts = self.records.get(name)
        addresses = self.addresses.get(name)
        if texts is None and addresses is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if question.question[0].rdtype == dns.rdatatype.A and addresses:
            answer.answer.append(
                dns.rrset.from_text(
                    question.question[0].name, 60, "IN", "A", *addresses
                )
            )
            texts = None
        for text in texts or []:
            cut = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
            strings = " ".join(f'"{part}"' for part in cut)
            answer.answer.append(
                dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", strings)
            )
        self._socket.sendto(answer.to_wire(), client)


@contextlib.contextmanager
def asked_by_everybody() -> Iterator[NameServer]:
    """The name server, asked instead of the machine's own while it runs."""
    server = NameServer()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    before = dns.resolver.default_resolver
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    dns.resolver.default_resolver = resolver
    try:
        yield server
    finally:
        dns.resolver.default_resolver = before
        server.stop()
        thread.join()
        server.close()
