"""What is measured, each in a process of its own: ``python -m bench.delivery.parts``.

Each part works in the database that its environment names and prints one JSON
object.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from bench.delivery.content import html

Figures = dict[str, float]
CLAIMS = 40
EVERYBODY = {
    "match": "any",
    "rules": [{"field": "active", "op": "set"}, {"field": "active", "op": "not_set"}],
}


def prepare(leads: int) -> Figures:
    """An empty database gets its tables and so many leads."""
    from bench.leads import make_leads, settle
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    make_leads(leads)
    settle()
    return {"leads": leads}


def ledger() -> Figures:
    """A mailing to everybody, its ledger written, nothing sent."""
    from django.utils import timezone

    from winback.delivery.services import start_mailing

    mailing = _draft(state="scheduled")
    assert start_mailing(mailing, now=timezone.now())
    return {"recipients": mailing.recipients.count()}


def start(undo_seconds: float) -> Figures:
    """A mailing to everybody: Send, ledger, and the first mail's way.

    The ledger is written while Send can be undone; what is waited for then is the
    start, a run and one mail. Beat comes on top, with up to a second.
    """
    from django.utils import timezone

    from winback.delivery.services import prepare_mailing, start_mailing

    mailing = _draft(state="scheduled")
    now = timezone.now()
    mailing.undo_until = mailing.scheduled_at = now + timedelta(seconds=undo_seconds)
    mailing.save(update_fields=["undo_until", "scheduled_at"])
    begun = time.perf_counter()
    assert prepare_mailing(mailing, now=now)
    written = time.perf_counter()
    rows = mailing.recipients.count()
    time.sleep(max((mailing.scheduled_at - timezone.now()).total_seconds(), 0))
    began_to_start = time.perf_counter()
    assert start_mailing(mailing, now=timezone.now())
    _, first_mail_at = _work(mailing.pk, seconds=0.5)
    return {
        "recipients": rows,
        "recipients_per_second": rows / (written - begun),
        "ledger_seconds": written - begun,
        "first_mail_after_undo_seconds": first_mail_at - began_to_start,
    }


def send(seconds: float, at: float = 0) -> Figures:
    """Hand the newest mailing over, for so long at most, from a moment on."""
    from django.db import connection

    from winback.mailings.models import Mailing

    mailing_id = Mailing.objects.order_by("-pk").values_list("pk", flat=True)[0]
    counted: list[str] = []

    def count(execute: Callable[..., object], sql: str, *rest: object) -> object:
        counted.append(sql)
        return execute(sql, *rest)

    time.sleep(max(at - time.monotonic(), 0))
    begin, cpu = time.monotonic(), time.process_time()
    with connection.execute_wrapper(count):
        sent, _ = _work(mailing_id, seconds=seconds)
    took, cpu = time.monotonic() - begin, time.process_time() - cpu
    return {
        "sent": sent,
        "ended_at": begin + took,
        "mails_per_second": sent / took,
        "cpu_seconds_per_1000": cpu * 1000 / sent,
        "queries_per_1000": len(counted) * 1000 / sent,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def size() -> Figures:
    """The length of one composed mail of the newest mailing, in bytes."""
    from django.utils import timezone

    from winback.content.merge import MERGE_RELATIONS
    from winback.delivery.compose.letters import Addressee, Letters
    from winback.mailings.models import Recipient

    relations = [f"lead__{name}" for name in MERGE_RELATIONS]
    row = Recipient.objects.filter(fate="ready").select_related("mailing", *relations)
    recipient = row.order_by("-pk")[0]
    letters = Letters.of(recipient.mailing)
    mail = letters.compose(Addressee.of(recipient), now=timezone.now())
    return {"mail_bytes": len(mail.content)}


def django(mails: int, port: int) -> Figures:
    """What people write today: EmailMultiAlternatives on one reused connection.

    The same HTML and the same plain part, made once; the name is put in by
    ``str.replace``. It tracks nothing and asks no database.
    """
    from django.core.mail import EmailMultiAlternatives
    from django.core.mail.backends.smtp import EmailBackend

    from winback.content.rendering import ContentSource, MergeContext, compile_content

    source = ContentSource(subject="Back", body_kind="html", body=html())
    values = {
        "lead": {"first_name": "{name}"},
        "unsubscribe_url": "https://bench.test/u/",
    }
    rendered = compile_content(source).render(MergeContext(values=values))
    backend = EmailBackend(host="127.0.0.1", port=port)
    backend.open()
    begin, cpu = time.perf_counter(), time.process_time()
    for number in range(mails):
        mail = EmailMultiAlternatives(
            f"Back, Олена {number}",
            rendered.text.replace("{name}", "Олена"),
            "Shop <shop@bench.test>",
            [f"Олена {number} <person{number}@bench.test>"],
            headers={"List-Unsubscribe": f"<https://bench.test/u/{number}/>"},
        )
        page = rendered.html.replace("{name}", "Олена")
        mail.attach_alternative(page, "text/html")
        backend.send_messages([mail])
    took, cpu = time.perf_counter() - begin, time.process_time() - cpu
    backend.close()
    return {
        "mails_per_second": mails / took,
        "cpu_seconds_per_1000": cpu * 1000 / mails,
    }


def grow(rows: int) -> Figures:
    """Copy the newest mailing's ledger until there are so many rows in all."""
    from bench.leads import settle
    from django.db import connection

    from winback.mailings.models import Mailing, Recipient

    pattern = Mailing.objects.order_by("-pk")[0]
    Recipient.objects.filter(mailing=pattern).exclude(fate="left_out").update(
        fate="ready", run_id=None, sent_at=None, attempts=0
    )
    columns = (
        "lead_id, version_id, address, language, fate, left_out_reason, due_at,"
        " failure_class, error, attempts, bounce_kind, lane"
    )
    table = Recipient._meta.db_table
    with connection.cursor() as cursor:
        while Recipient.objects.count() < rows:
            copy = _draft(state="paused")
            cursor.execute(
                f"INSERT INTO {table} (mailing_id, {columns})"
                f" SELECT %s, {columns} FROM {table} WHERE mailing_id = %s",
                [copy.pk, pattern.pk],
            )
    settle()
    return {"rows": Recipient.objects.count()}


def claim() -> Figures:
    """Claims of 500 rows out of all that are there, in milliseconds."""
    from django.utils import timezone

    from winback.core.models import Installation
    from winback.delivery.engine.supply import Supply
    from winback.delivery.models import DeliveryRun
    from winback.delivery.senders import sender_for
    from winback.mailings.models import Mailing

    mailing = Mailing.objects.order_by("-pk")[0]
    now = timezone.now()
    run = DeliveryRun.objects.create(
        mailing=mailing, host="bench", pid=1, started_at=now, heartbeat_at=now
    )
    sender = sender_for(mailing.from_address)
    supply = Supply(run, mailing, sender, Installation.current().zone)
    taken = []
    for _ in range(CLAIMS):
        begin = time.perf_counter()
        claimed = supply.take(500, now=timezone.now())
        taken.append((time.perf_counter() - begin) * 1000)
        assert len(claimed) == 500
    return {
        "claim_of_500_ms": statistics.median(taken),
        "worst_claim_of_500_ms": max(taken),
    }


def page() -> Figures:
    """What the page of the newest mailing asks while it runs, in milliseconds."""
    from django.utils import timezone

    from winback.delivery.progress import domains_of, progress_of, troubles_of
    from winback.mailings.models import Mailing
    from winback.results.queries import smart_buttons

    mailing = Mailing.objects.order_by("-pk")[0]
    now = timezone.now()
    asked: dict[str, Callable[[], object]] = {
        "progress_ms": lambda: progress_of(mailing, now=now),
        "domains_ms": lambda: domains_of(mailing),
        "troubles_ms": lambda: troubles_of(mailing),
        "smart_buttons_ms": lambda: smart_buttons(mailing, now=now),
    }
    return {name: _quickest_ms(ask) for name, ask in asked.items()}


def _quickest_ms(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        begin = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begin) * 1000)
    return min(taken)


def _work(mailing_id: int, *, seconds: float) -> tuple[int, float]:
    """How many were sent, and when the first was accepted (``perf_counter``)."""
    from winback.delivery.engine.run import open_run

    run = open_run(mailing_id)
    assert run is not None
    moments: list[float] = []
    note = type(run).note

    def noted(self: object, begun: list[int], answered: list[object]) -> None:
        if answered and not moments:
            moments.append(time.perf_counter())
        note(self, begun, answered)

    type(run).note = noted
    try:
        return run.work(seconds=seconds), moments[0]
    finally:
        type(run).note = note


def _draft(*, state: str) -> object:
    from django.utils import timezone

    from winback.accounts.models import User
    from winback.accounts.rules import Role
    from winback.consent.queries import default_topic
    from winback.mailings.models import Mailing, VersionContent

    now = timezone.now()
    # They answer for the mailing: only whom they may see is written to.
    user, _ = User.objects.get_or_create(
        email="bench@bench.test", defaults={"role": Role.ADMINISTRATOR}
    )
    mailing = Mailing.objects.create(
        name="Back",
        state=state,
        topic=default_topic(),
        rules=EVERYBODY,
        responsible=user,
        from_name="Shop",
        from_address="shop@bench.test",
        frequency_cap_days=0,
        scheduled_at=now,
        created_at=now,
        created_by=user,
        changed_at=now,
    )
    VersionContent.objects.create(
        version=mailing.versions.create(label="A"),
        subject="Back, {{ lead.first_name }}",
        body_kind="html",
        body=html(),
    )
    return mailing


PARTS: dict[str, Callable[..., Figures]] = {
    part.__name__: part
    for part in (prepare, ledger, start, send, size, django, page, grow, claim)
}


def main() -> None:
    import django as django_package

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    django_package.setup()
    numbers = [float(word) if "." in word else int(word) for word in sys.argv[2:]]
    print(json.dumps(PARTS[sys.argv[1]](*numbers)))


if __name__ == "__main__":
    main()
