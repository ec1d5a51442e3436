"""Tracking hits: how many a second, how late, and none lost by kill -9.

    python -m bench.tracking [seconds] [rounds]

In each round one after another, with ``wrk -t2 -c32``: Winback's open pixel and
tracked link by ``winback web``, each under a server of its own and in turns first,
its batches going into the database meanwhile,
and a bare Django view that inserts one row for each hit, under the same server
with as many processes and threads. Medians of the rounds. Then the web process
group is killed in the middle of the load, and what wrk was answered is compared
with what is in the database afterwards.

Runs on the database and the home of its environment, which should be empty.
Needs wrk (Debian's package of this name).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECIPIENTS, LINKS = 2000, 10
CONNECTIONS = 32
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SCRIPT = r"""
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
wrk.headers["User-Agent"] = os.getenv("BENCH_AGENT")
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i])
end
done = function(summary, latency)
  io.write(string.format('\nRESULT {"answered": %d, "seconds": %f, "refused": %d, ' ..
    '"p50_ms": %f, "p99_ms": %f}\n', summary.requests, summary.duration / 1e6,
    summary.errors.status, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
Figures = dict[str, float]


def main() -> int:
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk")
        return 1
    given = [int(number) for number in sys.argv[1:]]
    seconds, rounds = given or (8, 3)
    _set_up()
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as folder:
        bench = Bench(Path(folder), seconds)
        found: dict[str, list[Figures]] = {}
        for number in range(rounds):
            # Neither always second, on a table and a machine that the first has
            # warmed or worn; what it left to store is stored before the next.
            for kind in ("open", "click") if number % 2 == 0 else ("click", "open"):
                with bench.serving("winback.web.wsgi:application") as port:
                    found.setdefault(kind, []).append(bench.load(kind, port))
            with bench.serving("bench.bare_django:application") as port:
                found.setdefault("bare Django", []).append(bench.load("bare", port))
        report = {name: _medians(rows) for name, rows in found.items()}
        bare = report["bare Django"]["hits_per_second"]
        for figures in report.values():
            figures["times_bare_django"] = round(figures["hits_per_second"] / bare, 2)
        report["kill -9"] = bench.kill()
    print(json.dumps({"seconds": seconds, "rounds": rounds} | report, indent=2))
    return 0


class Bench:
    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder, self._seconds = folder, seconds
        (folder / "load.lua").write_text(SCRIPT)
        for name, paths in _paths().items():
            (folder / name).write_text("\n".join(paths) + "\n")

    @contextlib.contextmanager
    def serving(self, application: str) -> Iterator[int]:
        """The application under the web server, as ``winback web`` starts it."""
        process, port = self._start(application)
        try:
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
            _bring_in()

    def load(self, name: str, port: int) -> Figures:
        return _figures(self._wrk(name, port).communicate()[0])

    def kill(self) -> Figures:
        """Lost hits are those answered that the database does not know afterwards."""
        from winback.reactions.models import Hit

        before = Hit.objects.count()
        process, port = self._start("winback.web.wsgi:application")
        load = self._wrk("click", port)
        time.sleep(max(1, self._seconds / 2))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        load.send_signal(signal.SIGINT)
        answered = _figures(load.communicate()[0])["answered"]
        _bring_in()
        stored = Hit.objects.count() - before - LINKS  # those of _start
        return {
            "answered": answered,
            "stored": stored,
            "lost": max(0, answered - stored),
        }

    def _start(self, application: str) -> tuple[subprocess.Popen[bytes], int]:
        from winback.web.cli.processes import web_command

        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        environment = os.environ | {"WINBACK_PORT": str(port)}
        process = subprocess.Popen(
            web_command(application, bind="127.0.0.1", port=port),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        _wait_for(port)
        if application.startswith("winback"):
            paths = (self._folder / "click").read_text().split()[:LINKS]
            for path in paths:
                _fetch(port, path)
        return process, port

    def _wrk(self, name: str, port: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *("wrk", "-t2", f"-c{CONNECTIONS}", f"-d{self._seconds}s", "--latency"),
                *("-s", str(self._folder / "load.lua"), f"http://127.0.0.1:{port}"),
            ],
            env=os.environ
            | {"BENCH_PATHS": str(self._folder / name), "BENCH_AGENT": BROWSER},
            stdout=subprocess.PIPE,
            text=True,
        )


def _figures(output: str) -> Figures:
    line = next(line for line in output.splitlines() if line.startswith("RESULT "))
    figures: Figures = json.loads(line.removeprefix("RESULT "))
    figures["hits_per_second"] = figures["answered"] / figures.pop("seconds")
    return figures


def _medians(rows: list[Figures]) -> Figures:
    return {
        name: round(statistics.median(r[name] for r in rows), 2) for name in rows[0]
    }


def _set_up() -> None:
    """Tables, and a mailing with links that was sent to so many people."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench.leads import make_leads
    from tests.factories import NOW, MailingFactory

    from winback.crm.models import Lead
    from winback.mailings.models import Recipient, TrackedLink, VersionContent

    make_leads(RECIPIENTS)
    mailing = MailingFactory(state="sent", started_at=NOW)
    version = mailing.versions.create(label="A")
    content = VersionContent.objects.create(version=version, subject="x", body="x")
    TrackedLink.objects.bulk_create(
        TrackedLink(content=content, position=n, url=f"https://shop.example/{n}?a=b")
        for n in range(LINKS)
    )
    Recipient.objects.bulk_create(
        Recipient(
            mailing=mailing,
            version=version,
            lead=lead,
            address=f"person{lead.pk}@example.org",
            fate="sent",
            sent_at=NOW,
        )
        for lead in Lead.objects.all()[:RECIPIENTS]
    )


def _paths() -> dict[str, list[str]]:
    from winback.core.tokens import sign
    from winback.mailings.models import Recipient, TrackedLink

    people = list(Recipient.objects.order_by("pk").values_list("pk", flat=True))
    links = list(TrackedLink.objects.order_by("pk").values_list("pk", flat=True))
    return {
        "open": [f"/t/o/{sign('open', pk)}.gif" for pk in people],
        "click": [
            f"/t/c/{sign('click', pk, links[n % LINKS])}" for n, pk in enumerate(people)
        ],
        "bare": [f"/bare/{pk}.gif" for pk in people],
    }


def _bring_in() -> None:
    from winback.reactions.services.journal import bring_in_hits

    bring_in_hits()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.1)
    raise TimeoutError("the web server did not start")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


def _fetch(port: int, path: str) -> None:
    opener = urllib.request.build_opener(_NoRedirect)
    with contextlib.suppress(urllib.error.HTTPError):
        opener.open(f"http://127.0.0.1:{port}{path}", timeout=20)


if __name__ == "__main__":
    sys.exit(main())
