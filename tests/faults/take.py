"""Run in the tested installation: take from one limit again and again.

    python tests/faults/take.py PER_HOUR SECONDS

Prints how many mails' worth it was granted.
"""

from __future__ import annotations

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from winback.delivery.quotas import Moment, Quota, Scope, grant, spend  # noqa: E402
from winback.delivery.rules.limits import Limit  # noqa: E402


def take(per_hour: int) -> int:
    """All that may go at this moment, whatever anybody else takes."""
    limit = Limit(per_hour=per_hour)
    quotas = [Quota(scope=Scope.SENDER, key="sender:shared", limit=limit)]
    at = Moment.of(timezone.now())
    with transaction.atomic():
        granted = grant(quotas, 10_000, at=at)
        spend(quotas, granted, granted.count, at=at)
    return granted.count


def main() -> None:
    per_hour, until = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    taken = 0
    while time.monotonic() < until:
        taken += take(per_hour)
        time.sleep(0.01)
    sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    main()
