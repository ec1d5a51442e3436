"""What people should know of an audience before they write to it, with cures.

Each caution comes with a changed tree that does away with it in one click.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext

from winback.accounts.models import User
from winback.consent.models import ConsentSettings
from winback.core.formats import number_text
from winback.crm.risk import risk_is
from winback.segments import caution_words
from winback.segments.conditions import Circumstances, rule_condition
from winback.segments.fields import FIELDS
from winback.segments.known import read_known
from winback.segments.queries import AnyTree, as_tree, audience, circumstances
from winback.segments.resolving import name_values, resolve_names
from winback.segments.rules import (
    INCLUDES_UNSET,
    Group,
    Match,
    Node,
    Op,
    Rule,
    Span,
    Tree,
    Unit,
    leaves_out_archived,
    to_json,
    with_rules,
)
from winback.segments.words import rule_in_words

# Our own choice: an open lead that reacted or moved in this time is being
# talked to, and a mailing would cut into the conversation.
TALKING_DAYS = 14
MAX_RULES_EXPLAINED = 20
# Invalid addresses are left out and counted there; of the rest each is told once.
_TOLD = ["invalid", *caution_words.ADDRESS_MESSAGES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """One thing to know. ``path`` names the rule it is about, "" is the tree."""

    code: str
    count: int
    message: str
    cure: dict[str, Any] | None
    cure_label: str
    path: str = ""


def audience_cautions(
    tree: AnyTree, *, user: User | None, now: datetime
) -> list[Caution]:
    """Everything worth knowing of the audience, in a fixed order; may be empty.

    Three statements: a setting, one over the matched leads, one over the archived
    ones that are left out; for an empty audience instead one per rule. Raises
    RuleTreeError as ``audience`` does.
    """
    asked = as_tree(tree)
    known = read_known(asked)
    resolved = resolve_names(asked, known)
    checks = [*_checks(resolved, circumstances(known, now=now))]
    found = audience(resolved, user=user, now=now).aggregate(
        matched=Count("pk"),
        **{f"n{at}": Count("pk", filter=one.which) for at, one in enumerate(checks)},
    )
    cautions = [
        check.caution(found[f"n{at}"])
        for at, check in enumerate(checks)
        if found[f"n{at}"]
    ]
    archived = _archived_left_out(resolved, user=user, now=now)
    cautions.extend(archived)
    if not found["matched"]:
        cautions.extend(_why_nobody(resolved, archived, user=user, now=now))
    return cautions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    code: str
    which: Q
    message: Callable[[int], str]
    cure: Tree
    cure_label: str
    path: str = ""

    def caution(self, count: int) -> Caution:
        return Caution(
            code=self.code,
            count=count,
            message=self.message(count),
            cure=to_json(self.cure),
            cure_label=self.cure_label,
            path=self.path,
        )


def _checks(tree: Tree, given: Circumstances) -> Iterator[_Check]:
    yield _Check(
        code="never_lost",
        which=Q(lost_at__isnull=True),
        message=caution_words.never_lost,
        cure=with_rules(tree, Rule("lost_at", Op.SET)),
        cure_label=gettext("Keep lost leads only"),
    )
    yield _Check(
        code="no_reason",
        which=Q(lost_reason__isnull=True, lost_at__isnull=False),
        message=caution_words.no_reason,
        cure=with_rules(tree, Rule("lost_reason", Op.SET)),
        cure_label=gettext("Keep leads with a reason only"),
    )
    yield _Check(
        code="won",
        which=Q(status="won"),
        message=caution_words.won,
        cure=_narrowed(tree, Rule("status", Op.NOT_IN, ("won",))),
        cure_label=gettext("Leave won leads out"),
    )
    recently = given.now - timedelta(days=TALKING_DAYS)
    active_lately = Q(last_engaged_at__gte=recently) | Q(stage_changed_at__gte=recently)
    yield _Check(
        code="talking",
        which=Q(status="open") & active_lately,
        message=caution_words.talking,
        cure=_narrowed(tree, _talking_group()),
        cure_label=gettext("Leave them out"),
    )
    yield from _address_checks(tree, given)
    mails = ConsentSettings.current().sunset_after
    yield _Check(
        code="ignored",
        which=Q(ignored_in_a_row__gte=mails),
        message=caution_words.ignoring,
        cure=with_rules(tree, Rule("ignored_in_a_row", Op.LT, Decimal(mails))),
        cure_label=gettext("Leave them out"),
    )
    yield from _unset_checks(tree, given)


def _address_checks(tree: Tree, given: Circumstances) -> Iterator[_Check]:
    """People who would be written to at an address that speaks against it."""
    for quality, message in caution_words.ADDRESS_MESSAGES.items():
        yield _Check(
            code=f"address_{quality}",
            # Says that the index of the few bad addresses may serve.
            which=~Q(address_quality="good") & Q(address_quality=quality),
            message=message,
            cure=with_rules(tree, Rule("address_quality", Op.NOT_IN, (quality,))),
            cure_label=gettext("Leave them out"),
        )
    yield _Check(
        code="address_risk",
        which=risk_is(["high"], now=given.now) & ~Q(address_quality__in=_TOLD),
        message=caution_words.risky,
        cure=with_rules(tree, Rule("address_risk", Op.NOT_IN, ("high",))),
        cure_label=gettext("Leave them out"),
    )


def _talking_group() -> Group:
    span = Span(TALKING_DAYS, Unit.DAYS)
    lately = Group(
        Match.ANY,
        (
            Rule("last_engaged_at", Op.IN_LAST, span),
            Rule("stage_changed_at", Op.IN_LAST, span),
        ),
    )
    talking = Group(Match.ALL, (Rule("status", Op.EQ, "open"), lately))
    return Group(Match.NONE, (talking,))


def _narrowed(tree: Tree, added: Node) -> Tree:
    """The tree with a condition on the status that lets no archived lead in by it."""
    if leaves_out_archived(tree):
        return with_rules(tree, Rule("active", Op.SET), added)
    return with_rules(tree, added)


def _unset_checks(tree: Tree, given: Circumstances) -> Iterator[_Check]:
    """For each negative rule: the leads it lets in because nothing is known."""
    negative = [rule for rule in _letting_in(tree) if FIELDS[rule.field].nullable]
    for rule in negative[:MAX_RULES_EXPLAINED]:
        is_set = Rule(rule.field, Op.SET)
        label = FIELDS[rule.field].label

        def message(count: int, label: object = label) -> str:
            words = ngettext(
                "Includes %(count)s lead without “%(field)s”.",
                "Includes %(count)s leads without “%(field)s”.",
                count,
            )
            return words % {"count": number_text(count), "field": label}

        yield _Check(
            code="includes_unset",
            which=~rule_condition(is_set, given),
            message=message,
            cure=_beside(tree, rule, is_set),
            cure_label=gettext("Add “%(field)s is set”") % {"field": label},
            path=rule.path,
        )


def _letting_in(group: Group) -> Iterator[Rule]:
    """Negative rules that stand under no none-of."""
    if group.match == Match.NONE:
        return
    for child in group.rules:
        if isinstance(child, Group):
            yield from _letting_in(child)
        elif child.op in INCLUDES_UNSET:
            yield child


def _beside(group: Group, rule: Rule, added: Rule) -> Group:
    """The tree in which ``added`` must hold as well wherever ``rule`` does."""
    children: list[Node] = []
    for child in group.rules:
        if isinstance(child, Group):
            children.append(_beside(child, rule, added))
        elif child is not rule:
            children.append(child)
        elif group.match == Match.ALL:
            children.extend((rule, added))
        else:
            children.append(Group(Match.ALL, (rule, added)))
    return replace(group, rules=tuple(children))


def _archived_left_out(
    tree: Tree, *, user: User | None, now: datetime
) -> list[Caution]:
    if not leaves_out_archived(tree):
        return []
    archived = with_rules(tree, Rule("active", Op.NOT_SET))
    count = audience(archived, user=user, now=now).count()
    if not count:
        return []
    either = Group(Match.ANY, (Rule("active", Op.SET), Rule("active", Op.NOT_SET)))
    words = ngettext(
        "%(count)s archived lead is left out.",
        "%(count)s archived leads are left out.",
        count,
    )
    return [
        Caution(
            code="archived_left_out",
            count=count,
            message=words % {"count": number_text(count)},
            cure=to_json(with_rules(tree, either)),
            cure_label=gettext("Include archived leads"),
        )
    ]


def _why_nobody(
    tree: Tree, archived: list[Caution], *, user: User | None, now: datetime
) -> list[Caution]:
    """The rule without which most leads would match, if one alone is to blame."""
    if tree.match != Match.ALL or archived:
        return []
    best: tuple[int, Node, Tree] | None = None
    for at, child in enumerate(tree.rules[:MAX_RULES_EXPLAINED]):
        others = replace(tree, rules=tree.rules[:at] + tree.rules[at + 1 :])
        count = audience(others, user=user, now=now).count()
        if count and (best is None or count > best[0]):
            best = (count, child, others)
    if best is None:
        return []
    count, child, others = best
    words = ngettext(
        "Nobody matches. The most restrictive rule, “%(rule)s”, "
        "leaves out %(count)s lead.",
        "Nobody matches. The most restrictive rule, “%(rule)s”, "
        "leaves out %(count)s leads.",
        count,
    )
    return [
        Caution(
            code="most_restrictive",
            count=count,
            message=words % {"count": number_text(count), "rule": _shown(child)},
            cure=to_json(others),
            cure_label=gettext("Remove this rule"),
            path=child.path,
        )
    ]


def _shown(node: Node) -> str:
    if isinstance(node, Rule):
        (named,) = name_values(Group(Match.ALL, (node,))).rules
        assert isinstance(named, Rule)
        return rule_in_words(named)
    return gettext("group of rules")
