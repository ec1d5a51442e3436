"""Kinds of fields and the operators that each kind knows."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    BOOLEAN = "boolean"
    TEXT = "text"
    CHOICE = "choice"  # a code: status, country, language
    RELATION = "relation"  # one other record
    RELATIONS = "relations"  # several other records: tags
    NUMBER = "number"
    MOMENT = "moment"  # a date and time
    BEHAVIOUR = "behaviour"  # what a person did with mailings


class Op(enum.StrEnum):
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IN = "in"
    NOT_IN = "not_in"
    SET = "set"
    NOT_SET = "not_set"
    IN_LAST = "in_last"
    NOT_IN_LAST = "not_in_last"
    IN_PERIOD = "in_period"


# Each negative operator and the one it denies. Negatives are exact complements:
# they also match leads where the field is unset.
DENIES: dict[Op, Op] = {
    Op.NE: Op.EQ,
    Op.NOT_CONTAINS: Op.CONTAINS,
    Op.NOT_IN: Op.IN,
    Op.NOT_SET: Op.SET,
    Op.NOT_IN_LAST: Op.IN_LAST,
}
# Negative operators that let leads in because nothing is known of them.
INCLUDES_UNSET = frozenset(DENIES) - {Op.NOT_SET}

_RELATION_OPERATORS = (
    Op.IN,
    Op.NOT_IN,
    Op.EQ,
    Op.NE,
    Op.CONTAINS,
    Op.NOT_CONTAINS,
    Op.SET,
    Op.NOT_SET,
)
_ORDER = (Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN)

# In the order in which the screen offers them; the first is the default.
OPERATORS: dict[Kind, tuple[Op, ...]] = {
    Kind.BOOLEAN: (Op.SET, Op.NOT_SET),
    Kind.TEXT: (
        Op.CONTAINS,
        Op.NOT_CONTAINS,
        Op.EQ,
        Op.NE,
        Op.STARTS_WITH,
        Op.ENDS_WITH,
        Op.IN,
        Op.NOT_IN,
        Op.SET,
        Op.NOT_SET,
    ),
    Kind.CHOICE: _RELATION_OPERATORS,
    Kind.RELATION: _RELATION_OPERATORS,
    Kind.RELATIONS: _RELATION_OPERATORS,
    Kind.NUMBER: (Op.EQ, Op.NE, *_ORDER, Op.SET, Op.NOT_SET),
    Kind.MOMENT: (
        Op.GE,
        Op.LE,
        Op.GT,
        Op.LT,
        Op.BETWEEN,
        Op.IN_LAST,
        Op.NOT_IN_LAST,
        Op.IN_PERIOD,
        Op.SET,
        Op.NOT_SET,
    ),
    Kind.BEHAVIOUR: (Op.IN, Op.NOT_IN, Op.IN_LAST),
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What parsing has to know of a field."""

    kind: Kind
    decimal_places: int = 2  # numbers only


# Every field of a lead that rules may name. Upper rooms add their behaviour
# fields through ``segments.fields.register_behaviour``.
FIELD_TYPES: dict[str, FieldType] = {
    **{
        name: FieldType(Kind.TEXT)
        for name in (
            "title",
            "contact_name",
            "company",
            "email",
            "phone",
            "city",
            "external_id",
        )
    },
    **{
        name: FieldType(Kind.CHOICE)
        for name in (
            "status",
            "country",
            "language",
            "address_quality",
            "address_risk",
        )
    },
    **{
        name: FieldType(Kind.RELATION)
        for name in (
            "stage",
            "lost_reason",
            "owner",
            "team",
            "product",
            "utm_source",
            "utm_medium",
            "utm_campaign",
        )
    },
    "tags": FieldType(Kind.RELATIONS),
    "expected_revenue": FieldType(Kind.NUMBER),
    "probability": FieldType(Kind.NUMBER),
    **{
        name: FieldType(Kind.NUMBER, decimal_places=0)
        for name in ("bounce_count", "ignored_in_a_row", "mail_gap_days")
    },
    **{
        name: FieldType(Kind.MOMENT)
        for name in (
            "created_at",
            "lost_at",
            "won_at",
            "stage_changed_at",
            "last_mailed_at",
            "last_engaged_at",
            "paused_until",
        )
    },
    "active": FieldType(Kind.BOOLEAN),
    "blacklisted": FieldType(Kind.BOOLEAN),
}
# A rule on one of these, wherever it stands, brings archived leads in.
ARCHIVE_FIELDS = frozenset({"active", "status"})
