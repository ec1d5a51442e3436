from __future__ import annotations

import pytest

from winback.web.health.rules import GIB, judge_clock, judge_disk, judge_public_url


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [(10 * GIB, "ok"), (2 * GIB, "ok"), (GIB, "warning"), (GIB // 5, "wrong")],
)
def test_judge_disk_tells_low_from_full(free_bytes, state):
    assert judge_disk(free_bytes).state == state


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "ok"), (-5, "ok"), (5.1, "wrong"), (-3600, "wrong")]
)
def test_judge_clock_allows_five_seconds(seconds, state):
    assert judge_clock(seconds).state == state


def test_judge_public_url_is_well():
    assert judge_public_url(scheme="https", is_loopback=False, demo=False) is None
    assert judge_public_url(scheme="http", is_loopback=True, demo=True) is None


def test_judge_public_url_loopback_outside_demo_is_useless():
    finding = judge_public_url(scheme="http", is_loopback=True, demo=False)

    assert finding is not None
    assert finding.says.startswith("leads to this machine only")


def test_judge_public_url_without_encryption_breaks_one_click():
    finding = judge_public_url(scheme="http", is_loopback=False, demo=False)

    assert finding is not None
    assert "RFC 8058" in finding.says
