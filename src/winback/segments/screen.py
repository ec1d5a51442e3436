"""What the builder's screen knows of fields, operators and values.

The builder draws itself from this alone, so that it offers exactly what the
grammar knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext

from winback.core.models import Installation
from winback.core.text import fold
from winback.segments.fields import (
    BEHAVIOURS,
    FIELDS,
    Field,
    choice_label,
    choice_names,
)
from winback.segments.rules import (
    OPERATORS,
    Kind,
    MailingRef,
    Node,
    Rule,
    RuleTreeError,
    parse_tree,
)
from winback.segments.words import (
    MATCH_LABELS,
    PERIOD_LABELS,
    UNIT_LABELS,
    operator_label,
)

# Relations with more records than this are looked up while typing.
MAX_EMBEDDED = 100
MAX_FOUND = 50

Option = dict[str, Any]


def registry(tree: Mapping[str, object]) -> dict[str, Any]:
    """Everything the builder needs to draw ``tree`` and to offer changes to it."""
    groups = _groups()
    fields = {
        name: _field(FIELDS[name], group) for group, names in groups for name in names
    }
    return {
        "fields": fields,
        "groups": [group for group, _names in groups],
        "labels": _labels_in(tree, fields),
        "operators": {
            kind.value: [_option(op.value, operator_label(kind, op)) for op in ops]
            for kind, ops in OPERATORS.items()
        },
        "matches": [_option(match.value, text) for match, text in MATCH_LABELS.items()],
        "units": [_option(unit.value, text) for unit, text in UNIT_LABELS.items()],
        "periods": [_option(name, PERIOD_LABELS[name]) for name in _period_order()],
        "texts": _texts(),
        "urls": {
            "values": reverse("segments:value-list", args=["FIELD"]),
            "count": reverse("segments:audience-count"),
            "notation": reverse("segments:notation"),
            "save": reverse("segments:filter-save"),
        },
    }


def find_values(name: str, text: str) -> list[Option]:
    """The values of a field whose names contain ``text``, at most MAX_FOUND.

    Empty for fields that have no list of values.
    """
    field = FIELDS[name]
    if field.kind == Kind.BEHAVIOUR:
        groups = {"mailing": gettext("Mailings"), "campaign": gettext("Campaigns")}
        return [
            {**_option({kind: pk}, label), "group": groups[kind]}
            for kind, pk, label in BEHAVIOURS[name].search(text)[:MAX_FOUND]
        ]
    wanted = fold(text)
    found = [one for one in _all_values(field) if wanted in fold(one["label"])]
    return found[:MAX_FOUND]


def _all_values(field: Field) -> list[Option]:
    if field.kind == Kind.CHOICE:
        return _codes(field.name)
    if field.target is None:
        return []
    return [_option(one.pk, one) for one in field.target._default_manager.all()]


def _field(field: Field, group: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "label": str(field.label),
        "kind": field.kind.value,
        "group": group,
    }
    if field.kind == Kind.CHOICE:
        shown["choices"] = _codes(field.name)
    elif field.target is not None:
        rows = list(field.target._default_manager.all()[: MAX_EMBEDDED + 1])
        if len(rows) <= MAX_EMBEDDED:
            shown["choices"] = [_option(one.pk, one) for one in rows]
    if field.name == "expected_revenue":
        shown["unit"] = Installation.current().currency
    if field.name == "probability":
        shown["unit"] = "%"
    return shown


def _codes(name: str) -> list[Option]:
    """The codes of a choice field: our own as they follow, others by their name."""
    codes = [_option(code, choice_label(name, code)) for code in choice_names(name)]
    if name in ("status", "address_quality", "address_risk"):
        return codes
    return sorted(codes, key=lambda one: fold(one["label"]))


def _labels_in(
    tree: Mapping[str, object], fields: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Option]]:
    """Names for the values in ``tree`` that no list of choices names already."""
    try:
        rules = [*_rules(parse_tree(tree))]
    except RuleTreeError:
        return {}
    wanted: dict[str, set[Any]] = {}
    for rule in rules:
        if "choices" not in fields.get(rule.field, {"choices": ()}):
            wanted.setdefault(rule.field, set()).update(
                one for one in rule.values if isinstance(one, int | str | MailingRef)
            )
    return {name: _named(FIELDS[name], keys) for name, keys in wanted.items()}


def _named(field: Field, keys: set[Any]) -> list[Option]:
    if field.kind == Kind.BEHAVIOUR:
        named = []
        for kind in ("mailing", "campaign"):
            ids = frozenset(ref.key for ref in keys if ref.kind == kind)
            names = BEHAVIOURS[field.name].names(kind, ids)
            named += [_option({kind: pk}, name) for pk, name in names.items()]
        return named
    if field.target is None:
        return []
    pks = [key for key in keys if isinstance(key, int)]
    rows = field.target._default_manager.filter(pk__in=pks)
    return [_option(one.pk, one) for one in rows]


def _rules(node: Node) -> Iterable[Rule]:
    if isinstance(node, Rule):
        yield node
        return
    for child in node.rules:
        yield from _rules(child)


def _option(value: object, label: object) -> Option:
    return {"value": value, "label": str(label)}


def _period_order() -> list[str]:
    """The reader's own calendar first: no Jalali periods at the top in English."""
    names = list(PERIOD_LABELS)
    if get_language() == "fa":
        return sorted(names, key=lambda name: "_" in name and "jalali" not in name)
    return names


def _groups() -> list[tuple[str, list[str]]]:
    """Fields in the order in which people look for them; nothing is left out."""
    groups = [
        (
            gettext("Where it stands"),
            ["lost_reason", "stage", "status", "active", "owner", "team", "tags"],
        ),
        (
            gettext("Dates"),
            [
                "created_at",
                "lost_at",
                "won_at",
                "stage_changed_at",
                "last_mailed_at",
                "last_engaged_at",
            ],
        ),
        (
            gettext("Interest"),
            ["title", "product", "expected_revenue", "probability"],
        ),
        (
            gettext("Person"),
            ["contact_name", "company", "country", "city", "language", "phone"],
        ),
        (
            gettext("Address"),
            [
                "email",
                "blacklisted",
                "address_quality",
                "address_risk",
                "bounce_count",
                "ignored_in_a_row",
                "paused_until",
                "mail_gap_days",
            ],
        ),
        (gettext("Where it came from"), ["utm_source", "utm_medium", "utm_campaign"]),
        (gettext("Reactions to mailings"), list(BEHAVIOURS)),
    ]
    named = {name for _group, names in groups for name in names}
    groups.append((gettext("Other"), [name for name in FIELDS if name not in named]))
    return [(group, names) for group, names in groups if names]


def _texts() -> dict[str, str]:
    return {
        # The place of the choice of all, any or none must stay in the sentence.
        "sentence": gettext("Match %(match)s the following rules"),
        "match": gettext("How the rules are joined"),
        "all_rules": gettext("Rules"),
        "branch": gettext("Branch %(number)s"),
        "rule": gettext("Rule %(number)s: %(field)s"),
        "field": gettext("Field"),
        "operator": gettext("operator"),
        "value": gettext("value"),
        "number": gettext("number"),
        "unit": gettext("unit"),
        "from": pgettext("range", "from"),
        "to": pgettext("range", "to"),
        "and": pgettext("range", "and"),
        "with_time": gettext("With a time of day"),
        "time_of_day": gettext("Time of day"),
        "day_hint": pgettext("how a day is typed", "YYYY-MM-DD"),
        "relative": gettext("Worked out again when the mailing starts."),
        "zone": gettext("Time zone: %(zone)s")
        % {"zone": Installation.current().zone.key},
        "choose_field": gettext("Choose a field"),
        "choose_value": gettext("Choose a value"),
        "choose_values": gettext("Choose values"),
        "type_value": gettext("Type a text"),
        "type_values": gettext("Type texts, Enter after each"),
        "remove_value": gettext("Remove %(value)s"),
        "searching": gettext("Searching…"),
        "nothing_found": gettext("Nothing found"),
        "new_rule": gettext("New rule"),
        "add_branch": gettext("Add branch"),
        "duplicate": gettext("Duplicate"),
        "delete": gettext("Delete"),
        "added": gettext("Added."),
        "duplicated": gettext("Duplicated."),
        "deleted": gettext("Deleted."),
        "loaded": gettext("The rules were replaced."),
        "empty_tree": gettext("No rules yet: every lead that is not archived matches."),
        "empty_branch": gettext("An empty branch says nothing."),
        "field_needed": gettext("Choose a field to finish this rule."),
        "value_needed": gettext("Give a value to finish this rule."),
        "unfinished": gettext("Finish the marked rule to see who matches."),
        "faulty": gettext("Mend the marked rule to see who matches."),
        "failed": gettext("The count did not arrive."),
        "saved": gettext("Saved."),
        "copied": gettext("Copied."),
        "unreachable": gettext("The server did not answer. Try again."),
    }
