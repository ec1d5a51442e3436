"""Rules in words: problems, operators, periods, and whole trees as one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from winback.core.formats import (
    date_text,
    date_time_text,
    in_digits,
    number_text,
    set_apart,
)
from winback.segments.fields import FIELDS, choice_label
from winback.segments.queries import AnyTree, as_tree
from winback.segments.resolving import name_values
from winback.segments.rules import (
    MESSAGES,
    Group,
    Kind,
    MailingRef,
    Match,
    Node,
    Op,
    Problem,
    Rule,
    RuleTreeError,
    Span,
    Tree,
    Unit,
    Value,
)

Text = str | Promise
MAX_SHOWN_VALUES = 5

MATCH_LABELS: dict[Match, Text] = {
    Match.ALL: _("all of"),
    Match.ANY: _("any of"),
    Match.NONE: _("none of"),
}
_OP_LABELS: dict[Op, Text] = {
    Op.EQ: _("is"),
    Op.NE: _("is not"),
    Op.LT: _("is less than"),
    Op.LE: _("is at most"),
    Op.GT: _("is more than"),
    Op.GE: _("is at least"),
    Op.BETWEEN: _("is between"),
    Op.CONTAINS: _("contains"),
    Op.NOT_CONTAINS: _("does not contain"),
    Op.STARTS_WITH: _("starts with"),
    Op.ENDS_WITH: _("ends with"),
    Op.IN: _("is in"),
    Op.NOT_IN: _("is not in"),
    Op.SET: _("is set"),
    Op.NOT_SET: _("is not set"),
    Op.IN_LAST: _("is in the last"),
    Op.NOT_IN_LAST: _("is not in the last"),
    Op.IN_PERIOD: _("is in the period"),
}
_MOMENT_LABELS: dict[Op, Text] = {
    Op.LT: _("is before"),
    Op.LE: _("is on or before"),
    Op.GT: _("is after"),
    Op.GE: _("is on or after"),
}
UNIT_LABELS: dict[Unit, Text] = {
    Unit.HOURS: _("hours"),
    Unit.DAYS: _("days"),
    Unit.WEEKS: _("weeks"),
    Unit.MONTHS: _("months"),
    Unit.YEARS: _("years"),
}
PERIOD_LABELS: dict[str, Text] = {
    "today": _("today"),
    "yesterday": _("yesterday"),
    "this_week": _("this week"),
    "last_week": _("last week"),
    "this_month": _("this month"),
    "last_month": _("last month"),
    "this_quarter": _("this quarter"),
    "last_quarter": _("last quarter"),
    "this_year": _("this year"),
    "last_year": _("last year"),
    "this_jalali_week": _("this week (Jalali)"),
    "last_jalali_week": _("last week (Jalali)"),
    "this_jalali_month": _("this month (Jalali)"),
    "last_jalali_month": _("last month (Jalali)"),
    "this_jalali_quarter": _("this quarter (Jalali)"),
    "last_jalali_quarter": _("last quarter (Jalali)"),
    "this_jalali_year": _("this year (Jalali)"),
    "last_jalali_year": _("last year (Jalali)"),
}


def problem_message(problem: Problem) -> str:
    """The fault in the language of whoever reads it."""
    return gettext(MESSAGES[problem.code]) % problem.params


def operator_label(kind: Kind, op: Op) -> Text:
    """How an operator is called for a kind of field: ``>=`` on dates, on numbers."""
    if kind == Kind.MOMENT and op in _MOMENT_LABELS:
        return _MOMENT_LABELS[op]
    return _OP_LABELS[op]


def tree_in_words(tree: Tree) -> str:
    """The whole tree as one sentence in the active language.

    Reads the names of the records that rules speak of: one query per relation.
    """
    return _sentence(name_values(tree))


def _sentence(named: Tree) -> str:
    if not named.rules:
        return gettext("Every lead.")
    sentence = {
        Match.ALL: _("All of these hold: %(rules)s."),
        Match.ANY: _("Any of these holds: %(rules)s."),
        Match.NONE: _("None of these holds: %(rules)s."),
    }[named.match]
    return str(sentence) % {"rules": _joined(named)}


def stored_trees_in_words(trees: Sequence[AnyTree]) -> list[str]:
    """Several saved trees, each as one sentence or as what is wrong with it.

    One query per relation for all of them together.
    """
    read = [_read_or_fault(tree) for tree in trees]
    whole = [tree for tree in read if isinstance(tree, Group)]
    named = iter(name_values(Group(Match.ALL, tuple(whole))).rules)
    sentences = []
    for tree in read:
        if isinstance(tree, str):
            sentences.append(tree)
            continue
        group = next(named)
        assert isinstance(group, Group)
        sentences.append(_sentence(group))
    return sentences


def _read_or_fault(tree: AnyTree) -> Tree | str:
    try:
        return as_tree(tree)
    except RuleTreeError as error:
        return problem_message(error.problems[0])


def rule_in_words(rule: Rule) -> str:
    """One rule whose ids are names already (see ``resolving.name_values``)."""
    parts = {
        "field": FIELDS[rule.field].label,
        "operator": operator_label(FIELDS[rule.field].kind, rule.op),
    }
    if rule.value is None:
        return gettext("%(field)s %(operator)s") % parts
    if rule.op == Op.BETWEEN and isinstance(rule.value, tuple):
        low, high = (_value_in_words(rule.field, one) for one in rule.value)
        parts["value"] = gettext("%(low)s and %(high)s") % {"low": low, "high": high}
    else:
        parts["value"] = _value_in_words(rule.field, rule.value)
    return gettext("%(field)s %(operator)s %(value)s") % parts


def _joined(group: Group) -> str:
    return gettext("; ").join(_node_in_words(child) for child in group.rules)


def _node_in_words(node: Node) -> str:
    if isinstance(node, Rule):
        return rule_in_words(node)
    return gettext("%(match)s (%(rules)s)") % {
        "match": MATCH_LABELS[node.match],
        "rules": _joined(node),
    }


def _value_in_words(field: str, value: Value) -> str:
    match value:
        case tuple():
            return _list_in_words(field, value)
        case Span(n=n, unit=unit):
            return _span_in_words(n, unit)
        case Decimal():
            return in_digits(str(localize(value)))
        case datetime():
            return date_time_text(value)
        case date():
            return date_text(value)
        case MailingRef(key=key):
            return gettext("“%(text)s”") % {"text": set_apart(str(key))}
    return _text_in_words(field, str(value))


def _text_in_words(field: str, text: str) -> str:
    kind = FIELDS[field].kind
    if kind == Kind.MOMENT:
        return str(PERIOD_LABELS[text])
    shown = choice_label(field, text) if kind == Kind.CHOICE else text
    return gettext("“%(text)s”") % {"text": set_apart(str(shown))}


def _list_in_words(field: str, values: tuple[Value, ...]) -> str:
    shown = [_value_in_words(field, one) for one in values[:MAX_SHOWN_VALUES]]
    more = len(values) - len(shown)
    listed = gettext(", ").join(shown) or gettext("an empty list")
    if not more:
        return listed
    words = ngettext("%(listed)s and %(n)s more", "%(listed)s and %(n)s more", more)
    return words % {"listed": listed, "n": number_text(more)}


def _span_in_words(n: int, unit: Unit) -> str:
    words = {
        Unit.HOURS: ngettext("%(n)s hour", "%(n)s hours", n),
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", n),
        Unit.WEEKS: ngettext("%(n)s week", "%(n)s weeks", n),
        Unit.MONTHS: ngettext("%(n)s month", "%(n)s months", n),
        Unit.YEARS: ngettext("%(n)s year", "%(n)s years", n),
    }[unit]
    return words % {"n": number_text(n)}
