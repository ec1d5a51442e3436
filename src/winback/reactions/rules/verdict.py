"""Person, machine or unknown: all hits of one recipient judged together."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from winback.reactions.rules.agents import is_image_proxy, is_reader, is_scanner

OPEN, CLICK = "open", "click"
# Our own choice: nobody follows three links in five seconds, or every link of
# the mail in two; a gateway that checks links does both.
MANY_LINKS, MANY_LINKS_WITHIN = 3, timedelta(seconds=5)
EVERY_LINK_WITHIN = timedelta(seconds=2)
# A checker asks by HEAD first, then fetches the same link by GET.
HEAD_THEN_GET_WITHIN = timedelta(seconds=10)
# Somebody who fetches one link for ever must not keep the judge busy.
JUDGED_TOGETHER = 100


class Who(enum.StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class HitFacts:
    """What is known of one open or click. ``link_id`` is None for an open."""

    kind: str
    at: datetime
    method: str
    user_agent: str = ""
    ip_prefix: str = ""
    purpose: str = ""
    link_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    who: Who
    reason: str


def judge_together(hits: Sequence[HitFacts], *, link_count: int) -> list[Judgement]:
    """One judgement for each hit, in the same order.

    ``hits`` are all those of one recipient; ``link_count`` is how many links
    the mail has (0 if unknown). A later hit can change the judgement of an
    earlier one: the first of a burst looks like a person until the rest comes.
    """
    alone = [judge_alone(hit) for hit in hits]
    return [
        judgement
        if judgement.who is Who.MACHINE
        else _by_company(hit, hits, link_count) or judgement
        for hit, judgement in zip(hits, alone, strict=True)
    ]


def judge_alone(hit: HitFacts) -> Judgement:
    """What the hit itself says, whatever else its recipient did."""
    agent = hit.user_agent.strip()
    if hit.method != "GET":
        return Judgement(Who.MACHINE, "head_request")
    if hit.purpose:
        return Judgement(Who.MACHINE, "prefetch")
    if is_image_proxy(agent):
        return Judgement(Who.MACHINE, "image_proxy")
    if is_scanner(agent):
        return Judgement(Who.MACHINE, "known_agent")
    if is_reader(agent):
        return Judgement(Who.PERSON, "reader")
    return Judgement(Who.UNKNOWN, "unfamiliar_agent" if agent else "no_agent")


def _by_company(
    hit: HitFacts, hits: Sequence[HitFacts], link_count: int
) -> Judgement | None:
    """A verdict from what came at the same time, or None."""
    if _has_head_before(hit, hits):
        return Judgement(Who.MACHINE, "head_first")
    same_visitor = [
        other
        for other in hits[:JUDGED_TOGETHER]
        if (other.ip_prefix, other.user_agent) == (hit.ip_prefix, hit.user_agent)
    ]
    if _is_in_burst(hit, same_visitor, link_count):
        return Judgement(Who.MACHINE, "many_links_at_once")
    return None


def _has_head_before(hit: HitFacts, hits: Sequence[HitFacts]) -> bool:
    return any(
        other.method == "HEAD"
        and (other.kind, other.link_id) == (hit.kind, hit.link_id)
        and other.ip_prefix == hit.ip_prefix
        and timedelta(0) <= hit.at - other.at <= HEAD_THEN_GET_WITHIN
        for other in hits[:JUDGED_TOGETHER]
    )


def _is_in_burst(
    hit: HitFacts, same_visitor: Sequence[HitFacts], link_count: int
) -> bool:
    """Whether some window around the hit holds more links than a person opens."""
    clicks = sorted(
        (other.at, other.link_id)
        for other in same_visitor
        if other.kind == CLICK and other.link_id is not None
    )
    spans = [(MANY_LINKS, MANY_LINKS_WITHIN)]
    if link_count >= 2:
        spans.append((link_count, EVERY_LINK_WITHIN))
    return any(
        start <= hit.at <= start + span and _links_from(clicks, start, span) >= number
        for start, _link in clicks
        for number, span in spans
    )


def _links_from(
    clicks: list[tuple[datetime, int]], start: datetime, span: timedelta
) -> int:
    return len({link for at, link in clicks if start <= at <= start + span})
