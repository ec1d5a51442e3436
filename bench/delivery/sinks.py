"""Postfix's own load generator and sink: the limit that nobody sends beyond."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

CONNECTIONS = 8


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise SystemExit(f"{name} is missing. Install Postfix (Debian: postfix).")
    return found


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """A running ``smtp-sink`` on loopback; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # As root it wants to be told whom to become.
    user = ("-u", "nobody") if os.getuid() == 0 else ()
    process = subprocess.Popen(
        [tool("smtp-sink"), *user, f"inet:127.0.0.1:{port}", "256"]
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def smtp_source(mails: int, mail_bytes: int, port: int) -> float:
    """Mails per second that ``smtp-source`` hands over, of this size."""
    begin = time.perf_counter()
    subprocess.run(
        [
            *(tool("smtp-source"), "-d", "-s", str(CONNECTIONS), "-m", str(mails)),
            *("-l", str(mail_bytes), "-f", "a@bench.test", "-t", "b@bench.test"),
            f"inet:127.0.0.1:{port}",
        ],
        check=True,
    )
    return mails / (time.perf_counter() - begin)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise SystemExit("the sink did not start")
