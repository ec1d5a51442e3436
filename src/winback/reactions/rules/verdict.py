"""Person, machine or unknown: all hits of one recipient judged together."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from winback.reactions.rules.agents import (
    is_image_proxy,
    is_proxy_of_a_reader,
    is_reader,
    is_scanner,
)
from winback.reactions.rules.networks import Networks, Place

OPEN, CLICK = "open", "click"
# Our own choice: nobody follows three links in five seconds, or every link of
# the mail in two; a gateway that checks links does both.
MANY_LINKS, MANY_LINKS_WITHIN = 3, timedelta(seconds=5)
EVERY_LINK_WITHIN = timedelta(seconds=2)
# Nor has anybody followed all links of a mail so soon after our server handed it
# over; who unpacks it at the door does. Our own choice.
ALL_LINKS_AFTER_DELIVERY_WITHIN = timedelta(seconds=20)
# A picture that shows a person may be fetched a little after the click.
OPEN_MAY_FOLLOW_WITHIN = timedelta(minutes=1)
# A checker asks by HEAD first, then fetches the same link by GET.
HEAD_THEN_GET_WITHIN = timedelta(seconds=10)
# What a program did shortly before or after it gave itself away was its doing too.
PROGRAM_TELLS_WITHIN = timedelta(minutes=10)
# Somebody who fetches one link for ever must not keep the judge busy.
JUDGED_TOGETHER = 100
NO_NETWORKS = Networks()


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


@dataclass(frozen=True, slots=True)
class Program:
    """A visitor that gave itself away on the mail's unsubscribe page, and when."""

    ip_prefix: str
    user_agent: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What is known of the mail that was reacted to, and of networks."""

    link_count: int = 0  # 0 if unknown
    delivered_at: datetime | None = None  # to the next server
    networks: Networks = NO_NETWORKS
    programs: Sequence[Program] = ()


def judge_together(hits: Sequence[HitFacts], mail: MailFacts) -> list[Judgement]:
    """One judgement for each hit, in the same order.

    ``hits`` are all those of one recipient. A later hit can change the judgement
    of an earlier one: the first of a burst looks like a person until the rest
    comes.
    """
    alone = [judge_alone(hit, mail.networks) for hit in hits]
    company = _Company(hits[:JUDGED_TOGETHER], alone[:JUDGED_TOGETHER], mail)
    return [
        judgement if judgement.who is Who.MACHINE else company.judge(hit) or judgement
        for hit, judgement in zip(hits, alone, strict=True)
    ]


def judge_alone(hit: HitFacts, networks: Networks = NO_NETWORKS) -> Judgement:
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
    if networks.place_of(hit.ip_prefix) is Place.GATEWAY:
        return Judgement(Who.MACHINE, "gateway_network")
    if is_reader(agent):
        return Judgement(Who.PERSON, "reader")
    return Judgement(Who.UNKNOWN, "unfamiliar_agent" if agent else "no_agent")


class _Company:
    """The hits of one recipient, asked what each makes of the others."""

    def __init__(
        self, hits: Sequence[HitFacts], alone: Sequence[Judgement], mail: MailFacts
    ) -> None:
        self._hits = hits
        self._mail = mail
        self._opened_at = [
            hit.at
            for hit, judgement in zip(hits, alone, strict=True)
            if hit.kind == OPEN and self._shows_a_person(hit, judgement)
        ]

    def judge(self, hit: HitFacts) -> Judgement | None:
        """A verdict from what came besides, or None."""
        if self._is_a_programs(hit):
            return Judgement(Who.MACHINE, "unseen_button")
        if self._has_head_before(hit):
            return Judgement(Who.MACHINE, "head_first")
        neighbours = [one for one in self._hits if one.ip_prefix == hit.ip_prefix]
        same = [one for one in neighbours if one.user_agent == hit.user_agent]
        if _is_in_burst(hit, same, self._mail.link_count):
            return Judgement(Who.MACHINE, "many_links_at_once")
        if self._is_unpacked_at_the_door(hit, neighbours):
            return Judgement(Who.MACHINE, "all_links_on_delivery")
        if self._is_a_data_centres_click(hit):
            return Judgement(Who.MACHINE, "data_centre_without_open")
        return None

    def _is_a_programs(self, hit: HitFacts) -> bool:
        """By a visitor that pressed what no person is shown."""
        return any(
            (one.ip_prefix, one.user_agent) == (hit.ip_prefix, hit.user_agent)
            and abs(one.at - hit.at) <= PROGRAM_TELLS_WITHIN
            for one in self._mail.programs
        )

    def _is_a_data_centres_click(self, hit: HitFacts) -> bool:
        """From where computers are rented, and nobody has looked at the mail."""
        return (
            hit.kind == CLICK
            and self._is_from_a_data_centre(hit)
            and all(at > hit.at + OPEN_MAY_FOLLOW_WITHIN for at in self._opened_at)
        )

    def _shows_a_person(self, hit: HitFacts, judgement: Judgement) -> bool:
        """An open at home, or through a proxy that fetches when somebody looks."""
        if judgement.who is Who.MACHINE:
            return is_proxy_of_a_reader(hit.user_agent)
        return not self._is_from_a_data_centre(hit)

    def _is_from_a_data_centre(self, hit: HitFacts) -> bool:
        return self._mail.networks.place_of(hit.ip_prefix) is Place.DATA_CENTRE

    def _has_head_before(self, hit: HitFacts) -> bool:
        return any(
            other.method == "HEAD"
            and (other.kind, other.link_id) == (hit.kind, hit.link_id)
            and other.ip_prefix == hit.ip_prefix
            and timedelta(0) <= hit.at - other.at <= HEAD_THEN_GET_WITHIN
            for other in self._hits
        )

    def _is_unpacked_at_the_door(
        self, hit: HitFacts, neighbours: Sequence[HitFacts]
    ) -> bool:
        """Whether one network followed every link as soon as the mail was there."""
        start, span = self._mail.delivered_at, ALL_LINKS_AFTER_DELIVERY_WITHIN
        if start is None or self._mail.link_count < 2 or hit.at > start + span:
            return False
        clicks = [
            (one.at, one.link_id)
            for one in neighbours
            if one.kind == CLICK and one.link_id is not None
        ]
        # The note of the hand-over may be a moment late.
        return _links_from(clicks, start - span, 2 * span) >= self._mail.link_count


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
    # Who unpacks a mail often fetches its pictures first.
    before = MANY_LINKS_WITHIN if hit.kind == OPEN else timedelta(0)
    return any(
        start - before <= hit.at <= start + span
        and _links_from(clicks, start, span) >= number
        for start, _link in clicks
        for number, span in spans
    )


def _links_from(
    clicks: list[tuple[datetime, int]], start: datetime, span: timedelta
) -> int:
    return len({link for at, link in clicks if start <= at <= start + span})
