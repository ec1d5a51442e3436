"""What speaks against the addresses of the people who would be mailed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.core.formats import number_text
from winback.mailings.check_lines import CheckLine, PeopleLink, good, warn
from winback.mailings.models import Mailing
from winback.mailings.queries import doubtful_address_counts, reach_of
from winback.segments import caution_words
from winback.segments.links import people_query
from winback.segments.queries import as_tree
from winback.segments.rules import Op, Rule, Tree, to_json, with_rules
from winback.segments.waterfall import WILL_BE_MAILED, Waterfall, people

# Firms read mail at "info@" too: told, but nothing to worry about.
HARMLESS = {"role"}
RISK = "high_risk"


def address_line(
    mailing: Mailing, figures: Waterfall | None, *, now: datetime
) -> Iterator[CheckLine]:
    """How many would be mailed at which doubtful addresses, each with its people.

    Amber unless they are post boxes of several people only. No line if nobody
    would be mailed.
    """
    if figures is None or not figures.will_be_mailed:
        return
    counts = doubtful_address_counts(mailing, now=now)
    links = [_link(mailing, code, count, now=now) for code, count in counts.items()]
    if not counts.keys() - HARMLESS:
        text = _("Nothing speaks against the addresses.")
        yield replace(good("addresses", text), people=links)
        return
    total = sum(link.count for link in links)
    text = ngettext(
        "%(n)s person would be mailed at a doubtful address.",
        "%(n)s people would be mailed at doubtful addresses.",
        total,
    )
    line = warn("addresses", text % {"n": number_text(total)}, "rules")
    yield replace(line, people=links)


def _link(mailing: Mailing, code: str, count: int, *, now: datetime) -> PeopleLink:
    tree = _narrowed(as_tree(mailing.rules), code)
    reach = replace(reach_of(mailing, now=now), tree=tree)
    if code == RISK:
        # Of two leads of one address only one may be old: as many as the list shows.
        count = people(reach, reason=WILL_BE_MAILED).count()
    words = {**caution_words.ADDRESS_MESSAGES, RISK: caution_words.risky}
    query = people_query(
        to_json(tree),
        topic_id=reach.topic_id,
        cap_days=reach.frequency_cap_days,
        who="mailed",
    )
    url = f"{reverse('segments:audience-people')}?{query}"
    return PeopleLink(text=words[code](count), count=count, url=url)


def _narrowed(tree: Tree, code: str) -> Tree:
    if code != RISK:
        return with_rules(tree, Rule("address_quality", Op.IN, (code,)))
    told = ("invalid", *caution_words.ADDRESS_MESSAGES)
    return with_rules(
        tree,
        Rule("address_risk", Op.IN, ("high",)),
        Rule("address_quality", Op.NOT_IN, told),
    )
