"""Rows per second and peak memory of importing leads from a CSV file.

    python -m bench.import_leads [rows] [rounds]

Uses the database of WINBACK_DATABASE_URL (an own one: it is migrated and emptied);
a temporary home with SQLite if nothing is set. Prints one JSON object.

In each round the rows that the import wrote are loaded once more by hand, by bare
COPY or executemany into the same tables, so that the import can be told as a ratio
which a busy or slow machine hardly changes. The round with the best ratio counts.
Also told: a dry run (reading, parsing, normalising, the questions to the database)
and the import of the same file with two cells of each row changed.
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEADERS = [
    *("external_id", "title", "contact_name", "company", "email", "phone"),
    *("language", "country", "city", "stage", "status", "active", "lost_reason"),
    *("lost_at", "created_at", "expected_revenue", "currency", "probability"),
    *("utm_source", "utm_medium", "tags", "notes"),
]
NAMES = ("Olena Kovalenko", "رضا احمدی", "Ann Lee", "Юрій Їжакевич", "نیما کریمی")
CITIES = ("Київ", "تهران", "London", "Львів", "اصفهان", "Paris")


def write_file(path: Path, rows: int) -> None:
    chance = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for number in range(rows):
            writer.writerow(_row(number, chance))


def _row(number: int, chance: random.Random) -> list[object]:
    lost = chance.random() < 0.4
    year, month, day = (
        chance.randint(2021, 2025),
        chance.randint(1, 12),
        1 + number % 28,
    )
    created = f"{year}-{month:02d}-{day:02d} 10:{number % 60:02d}:00"
    return [
        *(f"bench-{number}", f"Замовлення № {number}", chance.choice(NAMES)),
        *(f"Company {number % 9000}", f"Person.{number}@Example{number % 500}.COM"),
        *(f"+38044{number:07d}", "uk", "UA", chance.choice(CITIES)),
        chance.choice(("New", "Qualified", "Proposition")),
        *(("lost", "false") if lost else ("open", "true")),
        chance.choice(("Too expensive", "Not enough stock")) if lost else "",
        f"{year + 1}-{month:02d}-{day:02d}" if lost else "",
        *(created, f"{chance.randint(100, 90000)}.50", "EUR", "", "Web", "Email"),
        "VIP" if number % 20 == 0 else "",
        "said: call again in spring",
    ]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    folder = Path(tempfile.mkdtemp(prefix="winback-bench-"))
    os.environ.setdefault("WINBACK_HOME", str(folder))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from winback.crm.models import Lead

    call_command("migrate", verbosity=0)
    if Lead.objects.exists():
        sys.exit("The database holds other leads: give a scratch database.")
    path = folder / "leads.csv"
    write_file(path, rows)
    done = [_round(path, folder / "rows") for _ in range(rounds)]
    report = {
        "database": connection.vendor,
        "rows": rows,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        **_best(done, rows),
    }
    print(json.dumps(report, indent=1))


def _best(done: list[dict[str, float]], rows: int) -> dict[str, object]:
    """The round whose import was quickest against the load by hand beside it."""
    best = min(done, key=lambda one: one["import"] / one["by_hand"])
    return {
        "rows_per_second": round(rows / best["import"]),
        "against_by_hand": round(best["import"] / best["by_hand"], 2),
        "by_hand_rows_per_second": round(rows / best["by_hand"]),
        "dry_run_rows_per_second": round(rows / best["check"]),
        "cpu_us_per_row": round(best["import_cpu"] / rows * 1e6, 1),
        "by_hand_cpu_us_per_row": round(best["by_hand_cpu"] / rows * 1e6, 1),
        "update_rows_per_second": round(rows / best["update"]),
        "quickest_rows_per_second": round(rows / min(one["import"] for one in done)),
        "rounds": len(done),
        "peak_mb_before": done[0]["mb_before"],
        "peak_mb": done[0]["mb"],
    }


def _round(path: Path, folder: Path) -> dict[str, float]:
    """Seconds of each part, one after another; leaves the database without leads."""
    from django.utils import timezone

    from winback.crm.imports import running, services

    now = timezone.now()
    run = services.start_import(path, by=None, now=now)
    seconds: dict[str, float] = {"mb_before": _peak_mb()}
    with _clock(seconds, "check"):
        running.check_file(path, run.mapping, by=None, now=now)
    with _clock(seconds, "import"):
        result = running.run_import(run, now=now)
    assert result.created == result.rows, result.errors
    seconds["mb"] = _peak_mb()
    _keep(folder)
    again = services.start_import(_changed(path), by=None, now=now)
    with _clock(seconds, "update"):
        result = running.run_import(again, now=now)
    assert result.updated == result.rows, result.errors
    _wipe()
    with _clock(seconds, "by_hand"):
        _load_by_hand(folder, seconds)
    _wipe()
    return seconds


def _changed(path: Path) -> Path:
    """The same file with another city and amount in every row."""
    other = path.with_name("changed.csv")
    with path.open(encoding="utf-8", newline="") as source:
        lines = list(csv.reader(source))
    city, amount = lines[0].index("city"), lines[0].index("expected_revenue")
    with other.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(lines[0])
        for cells in lines[1:]:
            cells[city], cells[amount] = "Одеса", "7"
            writer.writerow(cells)
    return other


@contextmanager
def _clock(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Adds to what the part took so far, less what it says it does not count."""
    started, cpu = time.perf_counter(), time.process_time()
    yield
    seconds[name] = time.perf_counter() - started - seconds.pop("apart", 0)
    seconds[f"{name}_cpu"] = time.process_time() - cpu - seconds.pop("apart_cpu", 0)


# ------------------------------------------------------- the same rows by hand


def _tables() -> list[str]:
    """What an import of new leads writes into, those first that others point to."""
    return ["crm_lead", "crm_leadloss", "crm_lead_tags"]


def _keep(folder: Path) -> None:
    """The imported rows as they stand in the database, in batches of the import."""
    from django.db import connection

    from winback.crm.imports.running import BATCH_SIZE

    folder.mkdir(exist_ok=True)
    with connection.cursor() as django_cursor:
        cursor = django_cursor.cursor  # below Django's: values as the driver has them
        for place, table in enumerate(_tables()):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            number = 0
            while rows := cursor.fetchmany(BATCH_SIZE):
                path = folder / f"{place}-{table}-{number:05d}"
                path.write_bytes(pickle.dumps([tuple(row) for row in rows]))
                number += 1


def _wipe() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE crm_lead CASCADE")
            return
        tables = ("crm_importedchange", "crm_leadevent", *reversed(_tables()))
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("VACUUM")


def _load_by_hand(folder: Path, seconds: dict[str, float]) -> None:
    """COPY, or executemany, and nothing else; batches as large as the import's.

    Reading the kept rows from disk is not counted.
    """
    from django.db import connection, transaction

    from winback.crm.imports.pipeline import ready_for_writing

    with ready_for_writing(), connection.cursor() as django_cursor:
        cursor = django_cursor.cursor
        for path in sorted(folder.iterdir()):
            started, cpu = time.perf_counter(), time.process_time()
            rows = pickle.loads(path.read_bytes())
            _add(seconds, "apart", time.perf_counter() - started)
            _add(seconds, "apart_cpu", time.process_time() - cpu)
            table = path.name.split("-")[1]
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
                else:
                    holes = ", ".join("?" * len(rows[0]))
                    statement = f"INSERT INTO {table} VALUES ({holes})"
                    connection.connection.executemany(statement, rows)


def _add(seconds: dict[str, float], name: str, more: float) -> None:
    seconds[name] = seconds.get(name, 0) + more


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
