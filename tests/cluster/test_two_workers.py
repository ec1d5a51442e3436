"""Two hosts share one mailing, on PostgreSQL and each of the brokers.

WINBACK_TEST_CLUSTER_RECIPIENTS=50000 runs them at full size.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.delivery.smtp_script import wait_for
from tests.faults.clocks import Clock
from tests.faults.conftest import Tell
from tests.faults.test_health import READY, asked

pytestmark = pytest.mark.cluster
RECIPIENTS = int(os.environ.get("WINBACK_TEST_CLUSTER_RECIPIENTS", "4000"))
LIMITED_SECONDS = 20
TOLERANCE = 1.05


def start_all(cluster: Cluster) -> None:
    """Everything but the workers, as deploy/ has it."""
    for part in ("web", "inbound", "beat"):
        cluster.first.start(part)
    wait_for(lambda: asked(cluster.house, "/readyz") == READY, seconds=60)


def test_two_hosts_one_mailing_each_address_once(cluster: Cluster, tell: Tell) -> None:
    sinks = (cluster.first.sink, cluster.second.sink)

    def pause() -> float:
        """Both servers are slow until both hosts have begun."""
        return 0.0 if all(sink.mails for sink in sinks) else 0.1

    cluster.house.open(RECIPIENTS)
    for sink in sinks:
        sink.pause = pause
    start_all(cluster)
    cluster.first.start("worker")
    cluster.second.start("worker")
    ledger = cluster.ledger(RECIPIENTS)

    ledger.wait_until_sent()

    tell(ledger.assert_right())
    shares = [len(sink.mails) for sink in sinks]
    assert sum(shares) == RECIPIENTS
    assert min(shares) > RECIPIENTS // 20


def test_two_hosts_one_killed_changes_nothing_but_the_rate(
    cluster: Cluster, tell: Tell
) -> None:
    """The limit is kept by both together, by the one left, and by both again."""
    a_second = RECIPIENTS // LIMITED_SECONDS
    cluster.house.open(RECIPIENTS, mails_per_hour=a_second * 3600)
    arrivals: list[float] = []
    for sink in (cluster.first.sink, cluster.second.sink):
        sink.script = noting_arrivals(arrivals)
    start_all(cluster)
    killed = cluster.first.start("worker")
    cluster.second.start("worker")
    ledger = cluster.ledger(RECIPIENTS)

    ledger.wait_until(lambda _: len(arrivals) > RECIPIENTS // 3)
    killed.kill()
    ledger.most_uncertain += cluster.house.connections
    ledger.wait_until(lambda _: len(arrivals) > RECIPIENTS * 2 // 3)
    cluster.first.start("worker")
    ledger.wait_until_sent()

    took = arrivals[-1] - started_at(cluster)
    rate = len(arrivals) / took
    tell(ledger.assert_right(), kills=1, rate_percent=round(100 * rate / a_second))
    assert rate <= a_second * TOLERANCE
    assert rate >= a_second / 2


def noting_arrivals(arrivals: list[float]):
    def script(session: object, event: str) -> None:
        if event == "content":
            arrivals.append(time.time())

    return script


def started_at(cluster: Cluster) -> float:
    ((at,),) = cluster.house.select("SELECT started_at FROM mailings_mailing")
    assert isinstance(at, datetime)
    return at.timestamp()


@pytest.mark.parametrize("cluster", ["redis"], indirect=True)
def test_host_that_never_comes_back_is_buried_and_all_it_held_is_listed(
    cluster: Cluster, tell: Tell
) -> None:
    """Nobody can read its journal; five minutes pass, as the database has it."""
    cluster.house.open(RECIPIENTS)
    cluster.first.sink.pause = lambda: 0.1
    cluster.second.sink.pause = lambda: 0.01
    lost = cluster.first.start("worker")
    cluster.second.start("beat")
    cluster.second.start("worker")
    ledger = cluster.ledger(RECIPIENTS)

    ledger.wait_until(lambda _: len(cluster.first.sink.mails) > 50)
    lost.kill()
    ledger.wait_until(lambda fates: not fates["ready"])
    ledger.most_uncertain = ledger.check()["handing_over"]
    cluster.house.change(
        "UPDATE delivery_deliveryrun"
        " SET heartbeat_at = heartbeat_at - interval '301 seconds'"
        " WHERE finished_at IS NULL"
    )
    ledger.wait_until_sent()

    tell(ledger.assert_right(), kills=1)


@pytest.mark.parametrize("cluster", ["redis"], indirect=True)
@pytest.mark.parametrize("minutes", [-30, 30])
def test_hosts_whose_clocks_differ_take_nothing_from_each_other(
    cluster: Cluster, tell: Tell, tmp_path: Path, minutes: int
) -> None:
    clock = Clock(tmp_path / "clock")
    cluster.house.open(RECIPIENTS)
    for sink in (cluster.first.sink, cluster.second.sink):
        sink.pause = lambda: 0.05
    cluster.first.start("beat")
    cluster.first.start("worker")
    cluster.second.start("worker", **clock.settings)
    ledger = cluster.ledger(RECIPIENTS)
    ledger.wait_until(lambda _: cluster.first.sink.mails and cluster.second.sink.mails)

    clock.set_wrong(minutes * 60)
    ledger.wait_until_sent()

    tell(ledger.assert_right())
