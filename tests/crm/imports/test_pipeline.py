import gc
import threading
from itertools import count

import pytest
from django.db import connection
from django.utils import translation

from winback.crm.imports import pipeline, running, services
from winback.crm.imports.pipeline import read_ahead
from winback.crm.models import ImportRun, Lead


def test_read_ahead_makes_one_item_while_the_one_before_is_used():
    made = []
    used = threading.Event()

    def items():
        for number in range(3):
            made.append((number, threading.current_thread()))
            used.set()
            yield number

    seen = []
    for item in read_ahead(items()):
        seen.append((item, used.wait(5)))
        used.clear()

    assert seen == [(0, True), (1, True), (2, True)]
    assert threading.current_thread() not in {thread for _number, thread in made}


def test_read_ahead_lets_errors_through_and_ends_its_thread():
    def items():
        yield 1
        raise LookupError("two")

    seen = []
    before = threading.active_count()
    with pytest.raises(LookupError, match="two"):
        seen.extend(read_ahead(items()))

    assert (seen, threading.active_count()) == ([1], before)


def test_read_ahead_that_is_left_early_closes_what_it_read():
    closed = threading.Event()

    def items():
        try:
            yield from count(1)
        finally:
            closed.set()

    before = threading.active_count()
    ahead = read_ahead(items())
    assert next(ahead) == 1
    ahead.close()

    assert closed.is_set()
    assert threading.active_count() == before


def test_read_ahead_speaks_the_language_of_its_reader():
    def items():
        yield translation.get_language()

    with translation.override("fa"):
        assert list(read_ahead(items())) == ["fa"]


@pytest.mark.django_db
def test_import_that_reads_ahead_writes_the_same(table, now, monkeypatch):
    """On SQLite too, where it would only be slow."""
    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    monkeypatch.setattr(running, "_readings", _ahead(running._readings))
    run = services.start_import(
        table("title,created_at\nA,\nB,never\nC,\nD,\nE,\n"), by=None, now=now
    )

    result = running.run_import(run, now=now)

    assert (result.created, result.failed, run.rows_done) == (4, 1, 5)
    assert list(Lead.objects.order_by("pk").values_list("title", flat=True)) == [
        *("A", "C", "D", "E")
    ]


def _ahead(readings):
    return lambda *args, **kwargs: read_ahead(readings(*args, **kwargs))


@pytest.mark.django_db
def test_import_leaves_the_interpreter_and_the_connection_as_they_were(
    table, now, monkeypatch
):
    states = []

    def look(rows_done):
        states.append((gc.isenabled(), _pragma("wal_autocheckpoint")))
        raise KeyboardInterrupt

    before = (gc.isenabled(), _pragma("wal_autocheckpoint"))
    run = services.start_import(table("title\nA\n"), by=None, now=now)
    with pytest.raises(KeyboardInterrupt):
        running.run_import(run, now=now, progress=look)

    meanwhile = pipeline.LOG_PAGES if connection.vendor == "sqlite" else None
    assert states == [(False, meanwhile)]
    assert (gc.isenabled(), _pragma("wal_autocheckpoint")) == before
    assert ImportRun.objects.get().state == "running"


def _pragma(name):
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]
