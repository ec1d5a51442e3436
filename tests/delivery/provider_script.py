"""A real HTTP server on loopback that answers like the APIs of four providers.

The shapes are those of the providers' documentation and of what Anymail reads;
the contents are ours.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from winback.core.provider_config import ProviderSettings


@dataclass
class Asked:
    """One request, in the same words for every provider."""

    path: str
    auth: str
    recipient: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    reply_to: str
    number: str  # the recipient's, as it will come back in events
    raw: dict[str, Any]


@dataclass
class Said:
    """What a script answers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


DROP = Said(0)  # reads the request, closes the connection
SILENCE = Said(-1)  # reads the request, answers when the test is over
DRIP = Said(-2)  # answers a byte now and then
Script = Callable[[Asked], "Said | None"]
NAMES = ("mailgun", "postmark", "sendgrid", "brevo")


@dataclass
class ProviderServer:
    """Accepts everything unless ``script`` says otherwise."""

    name: str
    script: Script = lambda asked: None
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    taken: list[Asked] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, object]:
        """Anymail's settings that lead here."""
        where = f"http://127.0.0.1:{self.port}"
        return {
            "mailgun": {
                "MAILGUN_API_KEY": "secret-key",
                "MAILGUN_API_URL": f"{where}/v3",
            },
            "postmark": {
                "POSTMARK_SERVER_TOKEN": "secret-key",
                "POSTMARK_API_URL": where,
            },
            "sendgrid": {
                "SENDGRID_API_KEY": "secret-key",
                "SENDGRID_API_URL": f"{where}/v3",
            },
            "brevo": {"BREVO_API_KEY": "secret-key", "BREVO_API_URL": f"{where}/v3"},
        }[self.name]

    def answer(self, asked: Asked) -> Said:
        with self.lock:
            self.asked.append(asked)
        said = self.script(asked) or self.yes(asked)
        if said.status in {200, 201, 202}:
            with self.lock:
                self.taken.append(asked)
        return said

    def yes(self, asked: Asked) -> Said:
        """Taken, in the provider's words."""
        number = len(self.asked)
        return {
            "mailgun": Said(
                200, {"id": f"<{number}@mg.test>", "message": "Queued. Thank you."}
            ),
            "postmark": Said(
                200,
                {
                    "To": asked.recipient,
                    "SubmittedAt": "2026-11-21T12:00:00Z",
                    "MessageID": f"pm-{number}",
                    "ErrorCode": 0,
                    "Message": "OK",
                },
            ),
            "sendgrid": Said(202, None, {"X-Message-Id": f"sg-{number}"}),
            "brevo": Said(201, {"messageId": f"<{number}@brevo.test>"}),
        }[self.name]

    def refusal(self, kind: str, asked: Asked) -> Said:
        """A "no" as this provider says it; ``kind`` is whom it is about."""
        return Said(*_REFUSALS[self.name, kind](asked.recipient))


_REFUSALS: dict[tuple[str, str], Callable[[str], tuple[int, Any]]] = {
    ("mailgun", "recipient"): lambda to: (
        400,
        {"message": "'to' parameter is not a valid address. please check"},
    ),
    ("mailgun", "sender"): lambda to: (
        400,
        {"message": "'from' parameter is not a valid address. please check"},
    ),
    ("mailgun", "message"): lambda to: (400, {"message": "message is too strange"}),
    ("mailgun", "key"): lambda to: (401, "Forbidden"),
    ("postmark", "recipient"): lambda to: (
        422,
        {
            "ErrorCode": 406,
            "Message": "You tried to send to a recipient that has been marked as "
            f"inactive.\nFound inactive addresses: {to}.\nInactive recipients are "
            "ones that have generated a hard bounce or a spam complaint.",
        },
    ),
    ("postmark", "sender"): lambda to: (
        422,
        {"ErrorCode": 400, "Message": "The 'From' address has no Signature here."},
    ),
    ("postmark", "message"): lambda to: (
        422,
        {"ErrorCode": 300, "Message": "Zero-length body."},
    ),
    ("postmark", "key"): lambda to: (
        401,
        {"ErrorCode": 10, "Message": "No account or server for this value."},
    ),
    ("sendgrid", "recipient"): lambda to: (
        400,
        {
            "errors": [
                {
                    "message": "Does not contain a valid address.",
                    "field": "personalizations.0.to.0.email",
                    "help": None,
                }
            ]
        },
    ),
    ("sendgrid", "sender"): lambda to: (
        403,
        {
            "errors": [
                {
                    "message": "The from address does not match a Sender Identity.",
                    "field": "from",
                    "help": None,
                }
            ]
        },
    ),
    ("sendgrid", "message"): lambda to: (
        400,
        {"errors": [{"message": "The content is strange.", "field": "content"}]},
    ),
    ("sendgrid", "key"): lambda to: (
        401,
        {"errors": [{"message": "The grant is invalid or revoked.", "field": None}]},
    ),
    ("brevo", "recipient"): lambda to: (
        400,
        {"code": "invalid_parameter", "message": "email is not valid in to"},
    ),
    ("brevo", "sender"): lambda to: (
        400,
        {
            "code": "invalid_parameter",
            "message": "Sending has been rejected because "
            "the sender you used is not valid.",
        },
    ),
    ("brevo", "message"): lambda to: (
        400,
        {"code": "invalid_parameter", "message": "htmlContent is strange"},
    ),
    ("brevo", "key"): lambda to: (
        401,
        {"code": "unauthorized", "message": "Key not found"},
    ),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    provider: ProviderServer

    def setup(self) -> None:
        super().setup()
        self.provider.connections += 1

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        said = self.provider.answer(self._asked(body))
        if said == DROP:
            self.close_connection = True
        elif said == SILENCE:
            self.provider.over.wait(30)
            self.close_connection = True
        elif said == DRIP:
            self._drip()
        else:
            self._say(said)

    def _say(self, said: Said) -> None:
        text = said.body if isinstance(said.body, str) else json.dumps(said.body)
        octets = b"" if said.body is None else text.encode()
        kind = "text/html" if text.startswith("<") else "application/json"
        self.send_response(said.status)
        for name, value in {"Content-Type": kind, **said.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.close_connection = True
        while not self.provider.over.wait(0.1):
            self.wfile.write(b" ")

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _asked(self, body: bytes) -> Asked:
        kind = self.headers["Content-Type"]
        raw = json.loads(body) if "json" in kind else _form(kind, body)
        return _READERS[self.provider.name](self, raw)


def _form(kind: str, body: bytes) -> dict[str, str]:
    if "multipart" not in kind:
        read = parse_qs(body.decode(), keep_blank_values=True)
        return {name: values[-1] for name, values in read.items()}
    parsed = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in parsed.walk():
        name = part.get_param("name", header="Content-Disposition")
        if isinstance(name, str):
            octets = part.get_payload(decode=True)
            file = part.get_filename()
            fields[name] = (
                octets.decode()
                if file is None
                else (file, part["Content-Type"], octets)
            )
    return fields


def _mailgun(handler: _Handler, raw: dict[str, Any]) -> Asked:
    return Asked(
        path=handler.path,
        auth=handler.headers["Authorization"],
        recipient=raw["to"].rpartition("<")[2].rstrip(">"),
        sender=raw["from"],
        subject=raw["subject"],
        text=raw.get("text", ""),
        html=raw.get("html", ""),
        headers={k[2:]: v for k, v in raw.items() if k.startswith("h:")},
        reply_to=raw.get("h:Reply-To", ""),
        number=raw.get("v:recipient", ""),
        raw=raw,
    )


def _postmark(handler: _Handler, raw: dict[str, Any]) -> Asked:
    return Asked(
        path=handler.path,
        auth=handler.headers["X-Postmark-Server-Token"],
        recipient=raw["To"].rpartition("<")[2].rstrip(">"),
        sender=raw["From"],
        subject=raw["Subject"],
        text=raw.get("TextBody", ""),
        html=raw.get("HtmlBody", ""),
        headers={h["Name"]: h["Value"] for h in raw.get("Headers", [])},
        reply_to=raw.get("ReplyTo", ""),
        number=raw.get("Metadata", {}).get("recipient", ""),
        raw=raw,
    )


def _sendgrid(handler: _Handler, raw: dict[str, Any]) -> Asked:
    bodies = {part["type"]: part["value"] for part in raw["content"]}
    (to,) = raw["personalizations"][0]["to"]
    return Asked(
        path=handler.path,
        auth=handler.headers["Authorization"],
        recipient=to["email"],
        sender=f"{raw['from'].get('name', '')} <{raw['from']['email']}>",
        subject=raw["subject"],
        text=bodies.get("text/plain", ""),
        html=bodies.get("text/html", ""),
        headers=raw.get("headers", {}),
        reply_to=raw["reply_to_list"][0]["email"],
        number=raw.get("custom_args", {}).get("recipient", ""),
        raw=raw,
    )


def _brevo(handler: _Handler, raw: dict[str, Any]) -> Asked:
    metadata = json.loads(raw["headers"].get("X-Mailin-custom", "{}"))
    return Asked(
        path=handler.path,
        auth=handler.headers["api-key"],
        recipient=raw["to"][0]["email"],
        sender=f"{raw['sender'].get('name', '')} <{raw['sender']['email']}>",
        subject=raw["subject"],
        text=raw.get("textContent", ""),
        html=raw.get("htmlContent", ""),
        headers=raw["headers"],
        reply_to=raw["replyTo"]["email"],
        number=metadata.get("recipient", ""),
        raw=raw,
    )


_READERS: dict[str, Callable[[_Handler, dict[str, Any]], Asked]] = {
    "mailgun": _mailgun,
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "brevo": _brevo,
}


@contextlib.contextmanager
def running_provider(server: ProviderServer) -> Iterator[ProviderServer]:
    """The server in threads of its own, on a free port of 127.0.0.1."""
    handler = type("Handler", (_Handler,), {"provider": server})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, args=[0.05])
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        thread.join()
        http.server_close()


def wait_until(truth: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait until ``truth()`` holds; fails the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def configure(settings, server: ProviderServer, options: str = "") -> None:
    settings.ANYMAIL = ProviderSettings(server.settings)
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url=f"anymail+{server.name}:?{options}", demo=False
    )
