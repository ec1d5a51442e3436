"""Count, waterfall and first page of the recipe at a million leads.

Each figure stands beside the best SQL that we could write by hand for exactly
this question, with an index made for it, in the same run on the same rows.
Works in the database of WINBACK_DATABASE_URL, which has to be a scratch one;
without it in a SQLite file below WINBACK_HOME.

    python -m bench.audience [--leads 1000000] [--rounds 9]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django
from bench.leads import make_leads, settle

from winback.segments.recipes import SEED_KEY, recipe_tree

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
RECIPE = recipe_tree(SEED_KEY)
OTHERS = {
    "no blacklist rule": {"match": "all", "rules": RECIPE["rules"][1:]},
    "lost: too expensive": recipe_tree("too_expensive"),
    "lost 90 days to 1 year ago": recipe_tree("lost_a_while_ago"),
    "company contains": {
        "match": "all",
        "rules": [
            {"field": "status", "op": "in", "value": ["open", "lost"]},
            {"field": "company", "op": "contains", "value": "ТОВ 77"},
        ],
    },
    "every lead": {"match": "all", "rules": RECIPE["rules"][4:]},
}
# The index that serves the recipe and nothing else.
HAND_INDEX = """CREATE INDEX bench_by_hand ON crm_lead
  (lost_reason_id, created_at DESC, id DESC, stage_id) WHERE NOT blacklisted"""
HAND_WHERE = """FROM crm_lead WHERE NOT blacklisted
  AND lost_reason_id = {reason} AND stage_id NOT IN ({stages})
  AND created_at >= '2024-01-01 00:00:00{zone}'"""
HAND_COUNT = f"SELECT COUNT(*) {HAND_WHERE}"
HAND_PAGE = f"SELECT * {HAND_WHERE} ORDER BY created_at DESC, id DESC LIMIT 80"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--leads", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    chosen = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    django.setup()

    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    generate(chosen.leads)
    print(json.dumps(measure(chosen.rounds), indent=2))


def generate(count: int) -> None:
    """Fill an empty database with ``count`` leads, made inside the database."""
    from django.db import connection

    from winback.crm.models import Lead
    from winback.mailings.models import Topic

    if Lead.objects.exists():
        if Lead.objects.count() != count:
            sys.exit("The database holds other leads: give a scratch database.")
        return
    make_leads(count)
    topic = Topic.objects.filter(is_default=True).first()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consent_optout (address, topic_id, created_at, reason) "
            "SELECT DISTINCT email_normalized, %s, created_at, '' FROM crm_lead "
            "WHERE id %% 97 = 0 AND email_normalized <> ''",
            [topic.pk],
        )
    settle()


def timed(work: Callable[[], object], rounds: int) -> float:
    """The quickest of some runs in milliseconds: what the machine's other work adds
    is no property of ours."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return round(min(taken), 2)


def measure(rounds: int) -> dict[str, object]:
    from django.db import connection

    from winback.crm.models import LostReason, Stage
    from winback.mailings.models import Topic
    from winback.segments.queries import audience, page_of
    from winback.segments.waterfall import Reach, waterfall

    ids = {
        "reason": LostReason.objects.get(name="Not enough stock").pk,
        "stages": ", ".join(
            str(pk)
            for pk in Stage.objects.exclude(name="Proposition").values_list(
                "pk", flat=True
            )
        ),
        "zone": "+00" if connection.vendor == "postgresql" else "",
    }
    topic = Topic.objects.filter(is_default=True).first().pk

    def reach(tree: dict[str, Any]) -> Reach:
        return Reach(
            tree=tree, user=None, topic_id=topic, frequency_cap_days=7, now=NOW
        )

    def by_hand(sql: str) -> Callable[[], object]:
        def run() -> object:
            with connection.cursor() as cursor:
                cursor.execute(sql.format(**ids))
                return cursor.fetchall()

        return run

    with connection.cursor() as cursor:
        cursor.execute(HAND_INDEX)
        cursor.execute("ANALYZE crm_lead")
    hand = {
        "count": timed(by_hand(HAND_COUNT), rounds),
        "first page": timed(by_hand(HAND_PAGE), rounds),
    }
    counted_by_hand = by_hand(HAND_COUNT)()[0][0]
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX bench_by_hand")
        cursor.execute("ANALYZE crm_lead")

    def count() -> int:
        return audience(RECIPE, user=None, now=NOW).count()

    def first_page() -> object:
        return page_of(audience(RECIPE, user=None, now=NOW), size=80)

    second = first_page().next_cursor

    def second_page() -> object:
        return page_of(audience(RECIPE, user=None, now=NOW), size=80, after=second)

    assert count() == counted_by_hand
    ours = {
        "count": timed(count, rounds),
        "waterfall": timed(lambda: waterfall(reach(RECIPE)), rounds),
        "first page": timed(first_page, rounds),
        "second page": timed(second_page, rounds),
    }
    others = {
        name: {
            "count": timed(lambda t=tree: audience(t, user=None, now=NOW).count(), 3),
            "waterfall": timed(lambda t=tree: waterfall(reach(t)), 3),
            "matched": waterfall(reach(tree)).matched,
        }
        for name, tree in OTHERS.items()
    }
    return {
        "database": connection.vendor,
        "matched": counted_by_hand,
        "by hand, ms": hand,
        "ours, ms": ours,
        "count: ours / by hand": round(ours["count"] / hand["count"], 2),
        "others, ms": others,
    }


if __name__ == "__main__":
    main()
