"""Sending: how fast, at what cost, and whether that stays so when it grows.

    python -m bench.delivery speed [mails] [rounds]
    python -m bench.delivery scale [recipients] [rows]

``speed`` measures in each round one after another: ``smtp-source`` with mails of
our size (the limit), Winback end to end on SQLite and on PostgreSQL (claim,
compose a personalised mail with 30 KB of HTML, its plain part and ten tracked
links, SMTP, commit of the fate), the same with a DKIM signature (RSA-2048), two
workers on PostgreSQL with a sink each, and Django's EmailMultiAlternatives on one
reused connection. Medians of the rounds.

``scale`` writes the ledger of a large mailing on PostgreSQL, waits for its first
mail, asks what its page asks, sends from mailings of three sizes, and claims from
very many rows.

PostgreSQL runs with its usual safe settings; every mail goes to Postfix's
``smtp-sink`` on loopback.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import psycopg  # noqa: E402
from bench.delivery.sinks import CONNECTIONS, sink, smtp_source  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from servers import temporary_postgresql  # noqa: E402 - lies in tools/

Figures = dict[str, float]
Environment = dict[str, str]
# What somebody who runs this would give it; nothing that risks a commit.
DURABLE = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 1GB
work_mem = 64MB
max_wal_size = 8GB
"""
SECONDS_OF_EACH_SIZE = 10
LOADING_SECONDS = 5  # until processes that shall begin together are ready
HOMES = tempfile.TemporaryDirectory(prefix="winback-bench-")


def main() -> None:
    what, *numbers = sys.argv[1:] or ["speed"]
    given = [int(number) for number in numbers]
    report = {"speed": speed, "scale": scale}[what](*given)
    print(json.dumps(report, indent=2))


def speed(mails: int = 20_000, rounds: int = 5) -> dict[str, object]:
    figures: dict[str, list[Figures]] = {}
    with sink() as port, sink() as other_port, _databases(mails) as databases:
        _part(databases["SQLite"], "ledger")
        mail_bytes = int(_part(databases["SQLite"], "size")["mail_bytes"])
        for _ in range(rounds):
            limit = smtp_source(mails, mail_bytes, port)
            measured = {"smtp-source": {"mails_per_second": limit}}
            for name, environment in databases.items():
                measured[f"Winback, {name}"] = _sent(environment, [port])
            signed = databases["SQLite"] | {"WINBACK_DKIM": _dkim_key()}
            measured["Winback, SQLite, RSA-2048"] = _sent(signed, [port])
            both = [port, other_port]
            measured["Winback, 2 workers"] = _sent(databases["PostgreSQL"], both)
            django = _begin(databases["SQLite"], "django", mails // 10, port)
            measured["Django"] = _end(django)
            for name, row in measured.items():
                figures.setdefault(name, []).append(row)
    medians = {name: _medians(rows) for name, rows in figures.items()}
    return {"mails": mails, "rounds": rounds, "mail_bytes": mail_bytes} | _compared(
        medians
    )


def scale(recipients: int = 1_000_000, rows: int = 10_000_000) -> dict[str, object]:
    report: dict[str, object] = {}
    with sink() as port, temporary_postgresql(DURABLE) as url:
        for share in (100, 10, 1):
            environment = _environment(_new_database(url, f"bench_{share}"), port)
            _part(environment, "prepare", _leads_for(recipients // share))
            _part(environment, "ledger")
            sent = _part(environment, "send", SECONDS_OF_EACH_SIZE)
            report[f"{recipients // share} recipients"] = sent
        report |= _part(environment, "start", 30) | _part(environment, "page")
        report |= _part(environment, "grow", rows) | _part(environment, "claim")
    return report


def _medians(rows: list[Figures]) -> Figures:
    return {
        name: round(statistics.median(row[name] for row in rows), 3) for name in rows[0]
    }


def _compared(medians: dict[str, Figures]) -> dict[str, object]:
    rates = {name: row["mails_per_second"] for name, row in medians.items()}
    one, two = rates["Winback, PostgreSQL"], rates["Winback, 2 workers"]
    ratios = {
        f"{name} to {other}": round(rates[name] / rates[other], 2)
        for name in rates
        for other in ("smtp-source", "Django")
        if name.startswith("Winback")
    }
    return {**medians, "ratios": ratios | {"2 workers to 1": round(two / one, 2)}}


def _sent(environment: Environment, ports: list[int]) -> Figures:
    """The ledger written anew, then handed over by one process for each port."""
    _part(environment, "ledger")
    at = time.monotonic() + LOADING_SECONDS
    running = [_begin(environment | _email(port), "send", 3600, at) for port in ports]
    measured = [_end(process) for process in running]
    sent = sum(row["sent"] for row in measured)
    took = max(row["ended_at"] for row in measured) - at
    cost = sum(row["cpu_seconds_per_1000"] * row["sent"] / sent for row in measured)
    queries = sum(row["queries_per_1000"] * row["sent"] / sent for row in measured)
    return {
        "mails_per_second": sent / took,
        "cpu_seconds_per_1000": cost,
        "queries_per_1000": queries,
        "peak_memory_mb": max(row["peak_memory_mb"] for row in measured),
    }


@functools.cache
def _dkim_key() -> str:
    """A new key of the From domain, as WINBACK_DKIM wants it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = Path(HOMES.name) / "bench.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return f"bench.test:bench:{path}"


@contextlib.contextmanager
def _databases(mails: int) -> Iterator[dict[str, Environment]]:
    """Both, filled with leads."""
    with (
        tempfile.TemporaryDirectory(prefix="winback-bench-") as home,
        temporary_postgresql(DURABLE) as url,
    ):
        databases = {
            "SQLite": {"WINBACK_HOME": home, **_email(1)},
            "PostgreSQL": _environment(_new_database(url, "bench"), 1),
        }
        for environment in databases.values():
            _part(environment, "prepare", _leads_for(mails))
        yield databases


def _new_database(url: str, name: str) -> str:
    """The address of a new database on the same server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def _leads_for(mails: int) -> int:
    """One lead in seven has no address of its own or is refused."""
    return mails * 7 // 6


def _email(port: int) -> Environment:
    url = f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}"
    return {"WINBACK_EMAIL_URL": url}


def _environment(url: str, port: int) -> Environment:
    home = tempfile.mkdtemp(prefix="winback-bench-", dir=HOMES.name)
    return {"WINBACK_DATABASE_URL": url, "WINBACK_HOME": home, **_email(port)}


def _part(environment: Environment, part: str, *numbers: float) -> Figures:
    return _end(_begin(environment, part, *numbers))


def _begin(
    environment: Environment, part: str, *numbers: float
) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-m", "bench.delivery.parts", part, *map(str, numbers)],
        env=kept | {"PYTHONPATH": path, "WINBACK_DEMO": "1"} | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> Figures:
    printed, _ = process.communicate()
    if process.returncode:
        raise SystemExit("a part of the benchmark failed, see above")
    figures: Figures = json.loads(printed)
    return figures


if __name__ == "__main__":
    with HOMES:
        main()
