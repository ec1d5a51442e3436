"""Rows on their way to the database: in batches, read ahead, with little overhead."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from django.utils.translation import get_language, override

from winback.crm.imports.delimited import Row
from winback.crm.imports.reading import Table, UnreadableFileError

Item = TypeVar("Item")
# Pages of 4 KB in SQLite's log before they go into the file itself. Pages of an
# index are written by every batch: the fewer times they are copied, the better.
LOG_PAGES = 16_000


def in_batches(
    table: Table, *, size: int, skip: int = 0
) -> Generator[list[Row], None, None]:
    """Rows in lists; a file that breaks off ends with a row that says so."""
    rows = islice(table.rows, skip, None)
    number = 1
    while True:
        batch: list[Row] = []
        broken = ""
        try:
            for row in islice(rows, size):
                batch.append(row)
        except UnreadableFileError as error:
            broken = str(error)
        number = batch[-1].number if batch else number
        if broken:
            batch.append(Row(number + 1, [""] * len(table.headers), broken))
        if batch:
            yield batch
        if broken or not batch:
            return


def read_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """``items``, the next of which is made while the one before is being used.

    None of them may be None. They come from a thread, so making them must not
    touch the database. Only for work that waits for another process, as
    PostgreSQL is one: SQLite works in this one, and gives way to the thread after
    each row.
    """
    language = get_language()  # that messages are in; each thread has its own

    def following() -> Item | None:
        with override(language):
            return next(items, None)

    with closing(items), ThreadPoolExecutor(1, "read-ahead") as thread:
        made = thread.submit(following)
        while (item := made.result()) is not None:
            made = thread.submit(following)
            yield item


@contextmanager
def without_collections() -> Iterator[None]:
    """Without searches for cycles, which cost an import a third of its time.

    A batch is a hundred thousand objects that have no cycles; the interpreter
    would look through them and through all of the program again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def ready_for_writing() -> Iterator[None]:
    """The connection set for large writes; as safe as before.

    On SQLite the file is not mapped into memory meanwhile: it would count as
    this process's, as far as the import makes it grow.
    """
    if connection.vendor != "sqlite":
        yield
        return
    before = _set_pragmas({"mmap_size": 0, "wal_autocheckpoint": LOG_PAGES})
    try:
        yield
    finally:
        _set_pragmas(before)


def _set_pragmas(pragmas: dict[str, Any]) -> dict[str, Any]:
    """Set SQLite's pragmas; what they were before, where it says so."""
    before = {}
    with connection.cursor() as cursor:
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}")
            if row := cursor.fetchone():
                before[name] = row[0]
            cursor.execute(f"PRAGMA {name} = {int(value)}")
    return before
