from datetime import UTC, datetime

import pytest

from winback.consent.rules import months_later


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 15), 3, (2026, 4, 15)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2027, 11, 30), 3, (2028, 2, 29)),
        ((2026, 12, 31), 12, (2027, 12, 31)),
    ],
)
def test_months_later_stays_in_the_month(start, months, end):
    assert months_later(datetime(*start, tzinfo=UTC), months) == datetime(
        *end, tzinfo=UTC
    )
