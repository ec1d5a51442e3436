"""A web server on loopback that answers what it is told, by path."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    head_status: int | None = None  # where HEAD is answered differently


class WebServer(ThreadingHTTPServer):
    """Keeps what it was asked as ``("HEAD", "/path", "host:port")``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str, str]] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: WebServer

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer("POST")

    def _answer(self, method: str) -> None:
        self.server.asked.append((method, self.path, self.headers.get("Host", "")))
        page = self.server.pages.get(self.path, Page(404))
        is_head = method == "HEAD"
        status = page.head_status if is_head and page.head_status else page.status
        self.send_response(status)
        headers = {"Content-Length": str(len(page.body))} | page.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not is_head:
            self.wfile.write(page.body)

    def log_message(self, *_arguments: object) -> None:
        return


@contextlib.contextmanager
def serving() -> Iterator[WebServer]:
    server = WebServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
