"""Rows per second and peak memory of importing leads from a CSV file.

    python bench/import_leads.py [rows]

Uses the database of WINBACK_DATABASE_URL (an own one: it is migrated, and its
leads stay in it); a temporary home with SQLite if nothing is set. Prints one
JSON object. What each part costs is told by the share of time without the
database: reading, parsing and normalising the same file as a dry run.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
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
    folder = Path(tempfile.mkdtemp(prefix="winback-bench-"))
    os.environ.setdefault("WINBACK_HOME", str(folder))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from winback.crm.imports import running, services

    call_command("migrate", verbosity=0)
    path = folder / "leads.csv"
    write_file(path, rows)
    run = services.start_import(path, by=None, now=timezone.now())
    before = _peak_mb()
    started = time.perf_counter()
    running.check_file(path, run.mapping, by=None, now=timezone.now())
    checked = time.perf_counter() - started
    started = time.perf_counter()
    result = running.run_import(run, now=timezone.now())
    seconds = time.perf_counter() - started
    report = {
        "database": connection.vendor,
        "rows": rows,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "created": result.created,
        "failed": result.failed,
        "rows_per_second": round(rows / seconds),
        "dry_run_rows_per_second": round(rows / checked),
        "peak_mb_before": before,
        "peak_mb": _peak_mb(),
    }
    print(json.dumps(report))


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
