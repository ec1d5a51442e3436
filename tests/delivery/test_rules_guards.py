"""Guards and lanes as plain functions."""

from __future__ import annotations

import pytest

from winback.delivery.rules.guards import (
    CanaryState,
    Danger,
    Rates,
    Reception,
    judge,
    judge_canary,
)
from winback.delivery.rules.lanes import (
    group_of,
    in_turn,
    is_canary,
    lane_of_servers,
)


@pytest.mark.parametrize(
    ("mails", "bounced", "complained", "danger"),
    [
        (1000, 50, 1, None),  # exactly the limits
        (1000, 51, 0, Danger.BOUNCES),
        (1000, 0, 2, Danger.COMPLAINTS),
        (1000, 51, 2, Danger.COMPLAINTS),
        (99, 99, 99, None),  # too few to judge
        (100, 6, 0, Danger.BOUNCES),
        (100, 5, 0, None),
        (0, 0, 0, None),
    ],
)
def test_judge_stops_above_the_rates_only(mails, bounced, complained, danger) -> None:
    reception = Reception(mails=mails, bounced=bounced, complained=complained)

    found = judge(reception, Rates())

    assert (found.danger if found else None) == danger


def test_judge_says_how_many_of_how_many() -> None:
    reception = Reception(mails=400, bounced=30, complained=0)

    found = judge(reception, Rates(bounce_rate=0.02))

    assert found is not None
    assert (found.count, found.mails, found.rate, found.limit) == (30, 400, 0.075, 0.02)


def test_judge_few_mails_when_asked_to() -> None:
    reception = Reception(mails=20, bounced=2, complained=0)

    found = judge(reception, Rates(), least_mails=1)

    assert found is not None


@pytest.mark.parametrize(
    ("handing_over", "untried", "retrying", "state"),
    [
        (0, 0, 0, CanaryState.SETTLED),
        (0, 0, 5, CanaryState.SETTLED),
        (0, 0, 6, CanaryState.TESTING),
        (1, 0, 0, CanaryState.TESTING),
        (0, 1, 0, CanaryState.TESTING),
    ],
)
def test_judge_canary_waits_for_almost_all(handing_over, untried, retrying, state):
    found = judge_canary(
        rows=100, handing_over=handing_over, untried=untried, retrying=retrying
    )

    assert found is state


@pytest.mark.parametrize(
    ("exchanges", "lane"),
    [
        ([(1, "ASPMX.L.GOOGLE.COM."), (5, "alt1.aspmx.l.google.com.")], "google"),
        ([(1, "smtp.google.com.")], "google"),
        ([(0, "shop-example.mail.protection.outlook.com.")], "microsoft"),
        ([(0, "shop-example.a-v1.mx.microsoft.")], "microsoft"),
        ([(20, "aspmx.l.google.com."), (10, "mx.own.example.")], ""),
        ([(10, "evilgoogle.com.")], ""),
        ([(10, "google.com.evil.example.")], ""),
        ([(0, ".")], ""),
        ([], ""),
    ],
)
def test_lane_of_servers_by_the_preferred_server(exchanges, lane) -> None:
    assert lane_of_servers(exchanges) == lane


def test_in_turn_begins_after_the_last_and_leaves_nobody_out() -> None:
    lanes = ["yahoo", "", "google"]

    assert in_turn(lanes, None) == ["", "google", "yahoo"]
    assert in_turn(lanes, "") == ["google", "yahoo", ""]
    assert in_turn(lanes, "google") == ["yahoo", "", "google"]
    assert in_turn(lanes, "zoho") == ["", "google", "yahoo"]


def test_canary_lanes_fall_under_their_groups_limits() -> None:
    assert [group_of(lane) for lane in ("canary/google", "canary/", "google")] == [
        "google",
        "",
        "google",
    ]
    assert [is_canary(lane) for lane in ("canary/", "google", "")] == [
        True,
        False,
        False,
    ]
