"""Mails per second into a sink: Winback, the limit, and what people write today.

    python bench/delivery.py [mails] [rounds]

One machine, one run: each round measures `smtp-source` (Postfix's load
generator, the limit), Winback end to end (claim, compose a personalised 30 KB
HTML mail with 10 tracked links, SMTP, commit of the fate) and Django's
EmailMultiAlternatives on one reused connection, all into the same
`smtp-sink`. Prints one JSON object with the medians and the ratios. Without
Postfix's tools (Debian: `postfix`) it says so and uses a slower sink of its own.

WINBACK_DATABASE_URL names a database to use (its ledger is added to); a
temporary SQLite file if nothing is set.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
MAIL_BYTES = 30_000
PARTS = ("smtp_source", "winback", "django")


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    figures: dict[str, list[dict[str, float]]] = {part: [] for part in PARTS}
    with _sink() as (port, sink):
        for _ in range(rounds):
            for part in PARTS:
                measured = _measure(part, mails, port)
                if measured is not None:
                    figures[part].append(measured)
    report: dict[str, object] = {"mails": mails, "rounds": rounds, "sink": sink}
    for part, rows in figures.items():
        names = rows[0] if rows else {}
        report[part] = {
            name: round(statistics.median(row[name] for row in rows), 3)
            for name in names
        }
    report["ratios"] = _ratios(report)
    print(json.dumps(report, indent=2))


def _ratios(report: dict[str, object]) -> dict[str, float]:
    speed = {
        part: figures["mails_per_second"]
        for part in PARTS
        if isinstance(figures := report[part], dict) and figures
    }
    return {
        f"winback_to_{part}": round(speed["winback"] / speed[part], 2)
        for part in speed
        if part != "winback"
    }


def _measure(part: str, mails: int, port: int) -> dict[str, float] | None:
    if part == "smtp_source":
        return _smtp_source(mails, port)
    count = mails if part == "winback" else max(mails // 10, 200)
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as home:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "winback.core.settings",
            "WINBACK_HOME": home,
            "WINBACK_DEMO": "1",
            "WINBACK_EMAIL_URL": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}",
        }
        done = subprocess.run(
            [sys.executable, __file__, "--part", part, str(count), str(port)],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _smtp_source(mails: int, port: int) -> dict[str, float] | None:
    tool = shutil.which("smtp-source") or shutil.which("smtp-source", path="/usr/sbin")
    if tool is None:
        print("smtp-source is missing: no limit to compare with", file=sys.stderr)
        return None
    begin = time.perf_counter()
    subprocess.run(
        [
            *(tool, "-d", "-s", str(CONNECTIONS), "-m", str(mails)),
            *("-l", str(MAIL_BYTES), "-f", "a@bench.test", "-t", "b@bench.test"),
            f"inet:127.0.0.1:{port}",
        ],
        check=True,
    )
    return {"mails_per_second": mails / (time.perf_counter() - begin)}


@contextlib.contextmanager
def _sink() -> Iterator[tuple[int, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tool = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if tool is None:
        print("smtp-sink is missing: a slower sink of our own is used", file=sys.stderr)
        command = [sys.executable, __file__, "--part", "sink", "0", str(port)]
    else:
        # As root it wants to be told whom to become.
        user = ("-u", "nobody") if os.getuid() == 0 else ()
        command = [tool, *user, f"inet:127.0.0.1:{port}", "256"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port, "own" if tool is None else "smtp-sink"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise SystemExit("the sink did not start")


# ------------------------------------------------- parts, each its own process


def part_winback(mails: int, _port: int) -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from winback.delivery.engine.run import open_run
    from winback.delivery.senders import configured_server
    from winback.delivery.services import start_mailing

    call_command("migrate", verbosity=0)
    mailing = _mailing(mails)
    begin = time.perf_counter()
    assert start_mailing(mailing, now=timezone.now())
    start_seconds = time.perf_counter() - begin
    ready = mailing.recipients.filter(fate="ready").count()
    begin, cpu = time.perf_counter(), time.process_time()
    with CaptureQueriesContext(connection) as queries:
        run = open_run(mailing.pk, server=configured_server())
        assert run is not None
        sent = run.work(seconds=3600)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    assert sent == ready == mailing.recipients.filter(fate="sent").count()
    return {
        "mails_per_second": sent / seconds,
        "cpu_seconds_per_1000": cpu * 1000 / sent,
        "queries_per_1000": len(queries) * 1000 / sent,
        "start_recipients_per_second": ready / start_seconds,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def part_django(mails: int, port: int) -> dict[str, float]:
    import django

    django.setup()
    from django.core.mail import EmailMultiAlternatives
    from django.core.mail.backends.smtp import EmailBackend

    html = _html().replace("{{ lead.first_name }}", "{name}")
    backend = EmailBackend(host="127.0.0.1", port=port)
    backend.open()
    begin, cpu = time.perf_counter(), time.process_time()
    for number in range(mails):
        mail = EmailMultiAlternatives(
            f"Back, Olena {number}",
            f"Dear Olena {number}, the lamp is back.",
            "Shop <shop@bench.test>",
            [f"person{number}@bench.test"],
            headers={"List-Unsubscribe": f"<https://bench.test/u/{number}/>"},
        )
        mail.attach_alternative(html.replace("{name}", f"Olena {number}"), "text/html")
        backend.send_messages([mail])
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    backend.close()
    return {
        "mails_per_second": mails / seconds,
        "cpu_seconds_per_1000": cpu * 1000 / mails,
    }


def part_sink(_mails: int, port: int) -> dict[str, float]:
    from tests.delivery.smtp_script import ScriptedServer, running

    with running(ScriptedServer(port=port, keeps_mails=False)):
        time.sleep(86400)
    return {}


def _html() -> str:
    """A mail of 30 KB with 10 links and the person's name in three places."""
    block = (
        '<tr><td style="padding:16px;font-family:Tahoma,Arial,sans-serif">'
        '<h2 style="margin:0">Lamp {n}, {{{{ lead.first_name }}}}</h2>'
        '<p style="margin:0 0 12px">{text}</p>'
        '<a href="https://shop.bench.test/lamp/{n}?colour=warm" '
        'style="color:#0b5">See lamp {n}</a></td></tr>'
    )
    text = "Warm light for long evenings, and back in stock since this week. " * 40
    rows = "".join(block.format(n=n, text=text) for n in range(10))
    page = f"<html><body><p>Dear {{{{ lead.first_name }}}},</p><table>{rows}</table>"
    filler = "<p>" + "Terms apply as always. " * 200 + "</p>"
    return (page + filler)[:MAIL_BYTES] + "</body></html>"


def _mailing(mails: int) -> object:
    from django.utils import timezone
    from tests.factories import MailingFactory, StageFactory

    from winback.crm.models import Lead
    from winback.crm.rules import clean_lead
    from winback.mailings.models import VersionContent

    now, stage = timezone.now(), StageFactory()
    leads = [
        Lead(
            title=f"Lead {n}",
            contact_name=f"Олена {n}",
            email=f"person{n}@domain{n % 50}.test",
            stage=stage,
            created_at=now,
            stage_changed_at=now,
        )
        for n in range(mails)
    ]
    for lead in leads:
        clean_lead(lead)
    Lead.objects.bulk_create(leads, batch_size=1000)
    mailing = MailingFactory(
        state="scheduled",
        scheduled_at=now,
        from_name="Shop",
        from_address="shop@bench.test",
        frequency_cap_days=0,
    )
    VersionContent.objects.create(
        version=mailing.versions.create(label="A"),
        subject="Back, {{ lead.first_name }}",
        body_kind="html",
        body=_html(),
    )
    return mailing


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        part = {"winback": part_winback, "django": part_django, "sink": part_sink}
        measured = part[sys.argv[2]](int(sys.argv[3]), int(sys.argv[4]))
        print(json.dumps(measured))
    else:
        main()
