"""Opens and clicks, stored as they came: judged, and what follows from that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Window
from django.db.models.functions import RowNumber

from winback.crm.models import Lead
from winback.mailings.models import Recipient, TrackedLink
from winback.reactions.models import Hit, HitKind, PagePress, Verdict
from winback.reactions.rules import RULES_VERSION
from winback.reactions.rules.networks import Networks
from winback.reactions.rules.verdict import (
    HitFacts,
    Judgement,
    MailFacts,
    Program,
    judge_together,
)

RECIPIENTS_PER_ROUND = 200
IDS_PER_STATEMENT = 2000
MOST_HITS = 1000  # of one recipient that are looked at, our own choice
DATES = ["opened_at", "clicked_at", "machine_opened_at", "machine_clicked_at"]


def judge_waiting_hits() -> int:
    """Judge what came in since; how many recipients were looked at.

    Harmless to repeat and to run twice at once.
    """
    done = 0
    while recipient_ids := _recipients_waiting():
        judge_recipients(recipient_ids)
        done += len(recipient_ids)
    return done


def rejudge_all(recipient_ids: Iterable[int]) -> tuple[int, int]:
    """Judge all hits of these recipients by today's rules: (looked at, changed)."""
    batch: list[int] = []
    looked_at = changed = 0
    for recipient_id in recipient_ids:
        batch.append(recipient_id)
        if len(batch) == RECIPIENTS_PER_ROUND:
            looked_at, changed = (
                looked_at + len(batch),
                changed + judge_recipients(batch),
            )
            batch = []
    return looked_at + len(batch), changed + judge_recipients(batch)


def judge_recipients(recipient_ids: Collection[int]) -> int:
    """Judge every hit of these recipients, and set their dates by the verdicts.

    Returns how many hits changed their verdict. A date can go away again when
    what looked like a person turns out to be a machine.
    """
    with transaction.atomic():
        # Hits that come in meanwhile refer to these rows and need not wait.
        recipients = list(
            Recipient.objects.select_for_update(no_key=True)
            .filter(pk__in=recipient_ids)
            .order_by("pk")
        )
        hits = _hits_by_recipient(recipient_ids)
        link_counts = _link_counts(hits)
        programs = _programs(recipient_ids)
        changed: defaultdict[Judgement, list[Hit]] = defaultdict(list)
        verdicts_changed = 0
        for recipient in recipients:
            own = hits[recipient.pk]
            mail = MailFacts(
                link_count=link_counts[recipient.pk],
                delivered_at=recipient.sent_at,
                networks=known_networks(),
                programs=programs[recipient.pk],
            )
            judgements = judge_together([_facts(hit) for hit in own], mail)
            for hit, judgement in zip(own, judgements, strict=True):
                verdicts_changed += hit.verdict != judgement.who
                if _apply(hit, judgement):
                    changed[judgement].append(hit)
        _store_judgements(changed)
        _judge_the_rest(hits)
        _set_dates(recipients, hits)
    return verdicts_changed


@cache
def known_networks() -> Networks:
    config = settings.CONFIG
    return Networks(machines=config.machine_networks, people=config.people_networks)


def _recipients_waiting() -> list[int]:
    waiting = Hit.objects.filter(rules_version=0).order_by("pk")
    ids = waiting.values_list("recipient_id", flat=True)[: RECIPIENTS_PER_ROUND * 5]
    return list(dict.fromkeys(ids))[:RECIPIENTS_PER_ROUND]


def _hits_by_recipient(recipient_ids: Collection[int]) -> defaultdict[int, list[Hit]]:
    """Each recipient's first hits, in the order of time."""
    number = Window(RowNumber(), partition_by="recipient_id", order_by=["at", "pk"])
    first = (
        Hit.objects.filter(recipient_id__in=recipient_ids)
        .annotate(number=number)
        .filter(number__lte=MOST_HITS)
    )
    hits: defaultdict[int, list[Hit]] = defaultdict(list)
    for hit in first.order_by("recipient_id", "at", "pk"):
        hits[hit.recipient_id].append(hit)
    return hits


def _store_judgements(judged: Mapping[Judgement, list[Hit]]) -> None:
    """One statement for each verdict and reason, of which there are a dozen."""
    for judgement, hits in judged.items():
        ids = iter([hit.pk for hit in hits])
        while some := list(islice(ids, IDS_PER_STATEMENT)):
            Hit.objects.filter(pk__in=some).update(
                verdict=judgement.who,
                verdict_reason=judgement.reason,
                rules_version=RULES_VERSION,
            )


def _judge_the_rest(hits: Mapping[int, list[Hit]]) -> None:
    """Nobody opens one mail a thousand times; what comes after that is not read."""
    for recipient_id, own in hits.items():
        if len(own) == MOST_HITS:
            rest = Hit.objects.filter(recipient_id=recipient_id, at__gte=own[-1].at)
            same_moment = [hit.pk for hit in own if hit.at == own[-1].at]
            rest.exclude(pk__in=same_moment).exclude(
                rules_version=RULES_VERSION
            ).update(
                verdict=Verdict.MACHINE,
                verdict_reason="too_many_hits",
                rules_version=RULES_VERSION,
            )


def _link_counts(hits: dict[int, list[Hit]]) -> defaultdict[int, int]:
    """How many links each recipient's mail has, as far as a click tells."""
    clicked = {
        recipient_id: next((hit.link_id for hit in own if hit.link_id), None)
        for recipient_id, own in hits.items()
    }
    size_by_link = dict(
        TrackedLink.objects.filter(pk__in={link for link in clicked.values() if link})
        .annotate(size=Count("content__links"))
        .values_list("pk", "size")
    )
    counts: defaultdict[int, int] = defaultdict(int)
    for recipient_id, link_id in clicked.items():
        counts[recipient_id] = size_by_link.get(link_id or 0, 0)
    return counts


def _programs(recipient_ids: Collection[int]) -> defaultdict[int, list[Program]]:
    """Who pressed, for each recipient, what no person is shown."""
    programs: defaultdict[int, list[Program]] = defaultdict(list)
    unseen = PagePress.objects.filter(
        recipient_id__in=recipient_ids, reason="unseen_button"
    )
    for press in unseen.only("recipient_id", "ip_prefix", "user_agent", "at"):
        program = Program(press.ip_prefix, press.user_agent, press.at)
        programs[press.recipient_id].append(program)
    return programs


def _facts(hit: Hit) -> HitFacts:
    return HitFacts(
        kind=hit.kind,
        at=hit.at,
        method=hit.method,
        user_agent=hit.user_agent,
        ip_prefix=hit.ip_prefix,
        purpose=hit.purpose,
        link_id=hit.link_id,
    )


def _apply(hit: Hit, judgement: Judgement) -> bool:
    after = (judgement.who.value, judgement.reason, RULES_VERSION)
    if (hit.verdict, hit.verdict_reason, hit.rules_version) == after:
        return False
    hit.verdict, hit.verdict_reason, hit.rules_version = after
    return True


def _set_dates(recipients: list[Recipient], hits: dict[int, list[Hit]]) -> None:
    changed = []
    for recipient in recipients:
        before = [getattr(recipient, name) for name in DATES]
        own = hits.get(recipient.pk, [])
        recipient.opened_at = _first(own, HitKind.OPEN, Verdict.PERSON)
        recipient.clicked_at = _first(own, HitKind.CLICK, Verdict.PERSON)
        recipient.machine_opened_at = _first(own, HitKind.OPEN, Verdict.MACHINE)
        recipient.machine_clicked_at = _first(own, HitKind.CLICK, Verdict.MACHINE)
        if before != [getattr(recipient, name) for name in DATES]:
            changed.append(recipient)
    Recipient.objects.bulk_update(changed, DATES, batch_size=500)
    for recipient in recipients:
        if latest := _latest_by_person(hits.get(recipient.pk, [])):
            mark_engaged(recipient.lead_id, at=latest)


def mark_engaged(lead_id: int, *, at: datetime) -> None:
    """The lead's person reacted; ``last_engaged_at`` only ever moves forward."""
    Lead.objects.filter(
        Q(last_engaged_at__isnull=True) | Q(last_engaged_at__lt=at), pk=lead_id
    ).update(last_engaged_at=at)


def _first(hits: list[Hit], kind: HitKind, verdict: Verdict) -> datetime | None:
    return next(
        (hit.at for hit in hits if hit.kind == kind and hit.verdict == verdict), None
    )


def _latest_by_person(hits: list[Hit]) -> datetime | None:
    return max((hit.at for hit in hits if hit.verdict == Verdict.PERSON), default=None)
