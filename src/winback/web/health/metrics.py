"""Figures for Prometheus, read from the database when asked.

Nothing is counted in memory: any process of any host gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from winback.delivery.models import DeliveryRun
from winback.mailings.models import STILL_TO_SEND, Mailing, MailingState, Recipient

UNDER_WAY = [MailingState.SENDING, MailingState.PAUSED, MailingState.STOPPED]


class LedgerCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield _mailings()
        yield _fates_under_way()
        runs = DeliveryRun.objects.filter(finished_at__isnull=True).count()
        yield GaugeMetricFamily(
            "winback_delivery_runs", "Workers sending right now.", value=runs
        )


def metrics_text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LedgerCollector())
    return generate_latest(registry)


def _mailings() -> Metric:
    family = GaugeMetricFamily(
        "winback_mailings", "Mailings by state.", labels=["state"]
    )
    rows = Mailing.objects.order_by().values_list("state").annotate(n=Count("pk"))
    found = dict(rows)
    for state in MailingState.values:
        family.add_metric([state], found.get(state, 0))
    return family


def _fates_under_way() -> Metric:
    family = GaugeMetricFamily(
        "winback_recipients_still_to_send",
        "Recipients of mailings under way that have no final fate.",
        labels=["fate"],
    )
    rows = (
        Recipient.objects.filter(mailing__state__in=UNDER_WAY, fate__in=STILL_TO_SEND)
        .values_list("fate")
        .annotate(n=Count("pk"))
    )
    found = dict(rows)
    for fate in STILL_TO_SEND:
        family.add_metric([fate.value], found.get(fate.value, 0))
    return family
