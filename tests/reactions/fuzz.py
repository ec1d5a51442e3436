"""Damaged messages by the million, and the worst that we can write, through the reader.

    python -m tests.reactions.fuzz [MESSAGES] [--seed N] [--processes N]

Seeds are our own messages and, where it lies beside the checkout, the shared data.
Fails if one raises, takes more than a second of processor time, or makes a process
hold 200 MB more than at its start. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.reactions import mails
from tests.reactions.hostile import mutated, worst_cases

from winback.reactions.classify import classified
from winback.reactions.classify.parsing import read

PROJECT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("WINBACK_TEST_SHARED", PROJECT.parent / "shared" / "data"))
BATCH = 500
MAX_SECONDS = 1.0
MAX_MEGABYTES = 200


def seeds() -> list[bytes]:
    """Our own messages, and those of the shared data if it is there."""
    found = sorted(SHARED.rglob("*.eml"))
    return [*mails.samples(), *(path.read_bytes()[:60_000] for path in found)]


def run_batch(first: int, *, count: int, originals: list[bytes]) -> dict[str, Any]:
    """``count`` damaged messages, the same ones for the same ``first``."""
    chance = random.Random(first)
    return measured(mutated(originals, chance) for _ in range(count))


def measured(messages: Iterable[bytes]) -> dict[str, Any]:
    """What reading ``messages`` took, and each that raised."""
    before = _megabytes()
    kinds: Counter[str] = Counter()
    slowest, raised = 0.0, []
    for raw in messages:
        start = time.process_time()
        try:
            kinds[classified(read(raw)).kind] += 1
        except Exception as error:  # the very thing that is looked for
            raised.append((repr(error), raw[:2000].decode("latin-1")))
        slowest = max(slowest, time.process_time() - start)
    return {
        "kinds": kinds,
        "slowest_seconds": slowest,
        "raised": raised,
        "megabytes": _megabytes() - before,
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(count: int, *, seed: int, processes: int) -> dict[str, Any]:
    """All of it, in ``processes`` processes; see ``measured``."""
    originals = seeds()
    work = partial(run_batch, count=BATCH, originals=originals)
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        numbers = range(seed, seed + max(1, count // BATCH))
        batches = list(_followed(pool.imap_unordered(work, numbers)))
        worst = pool.apply(measured, (list(worst_cases(200_000)),))
    parts = [*batches, worst]
    kinds: Counter[str] = Counter()
    for batch in batches:
        kinds.update(batch["kinds"])
    return {
        "seeds": len(originals),
        "messages": sum(kinds.values()) + sum(len(b["raised"]) for b in batches),
        "kinds": dict(kinds),
        "worst_cases": sum(worst["kinds"].values()),
        "raised": [one for part in parts for one in part["raised"]][:20],
        "slowest_seconds": round(max(part["slowest_seconds"] for part in parts), 3),
        "megabytes_gained": round(max(part["megabytes"] for part in parts), 1),
        "minutes": round((time.perf_counter() - start) / 60, 1),
    }


def _followed(batches: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """``batches`` as they come; every 10,000 messages a line says how it stands."""
    slowest, raised, megabytes = 0.0, 0, 0.0
    for number, batch in enumerate(batches, start=1):
        slowest = max(slowest, batch["slowest_seconds"])
        megabytes = max(megabytes, batch["megabytes"])
        raised += len(batch["raised"])
        if number % 20 == 0:
            sys.stderr.write(
                f"{number * BATCH} messages, {raised} raised, slowest {slowest:.3f} s,"
                f" {megabytes:.0f} MB more\n"
            )
            sys.stderr.flush()
        yield batch


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found = run(options.messages, seed=options.seed, processes=options.processes)
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    is_fine = (
        not found["raised"]
        and found["slowest_seconds"] <= MAX_SECONDS
        and found["megabytes_gained"] <= MAX_MEGABYTES
    )
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
