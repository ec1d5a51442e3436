"""Sixty leads full of what comparisons trip over, and random trees over them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from hypothesis import strategies as st
from tests.factories import NOW, UserFactory
from tests.segments.conftest import lead

from winback.accounts.models import Team
from winback.core.calendars import PERIODS
from winback.crm.models import (
    Lead,
    LostReason,
    Product,
    Stage,
    Tag,
    Task,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)
from winback.segments.fields import Behaviour
from winback.segments.rules import FIELD_TYPES, OPERATORS, Kind, Op

ZONE = ZoneInfo("Asia/Tehran")
TEXTS = [
    "",
    "Anna",
    "anna",
    "ANNA O'Brien",
    "Петро",
    "ПЕТРО ЇЖАК",
    "Straße",
    "STRASSE",
    "İstanbul",
    "istanbul",
    "ΐ",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "علي كريم",
    "علی کریم",
    "می‌خواهم ۱۲۳",
    "ميخواهم ١٢٣",
    "123",
    "50% off",
    "50 off",
    "a_b",
    "axb",
    "back\\slash",
    "back\\\\slash",
    "caf\u00e9",
    "cafe\u0301",
    "ﬁne",
    "quote \" and ' and %s {0}",
    "  spaces  ",
    "line\nbreak",
    "😀 emoji",
]
CODES = {
    "status": ["open", "won", "lost"],
    "country": ["UA", "IR", "DE", "PL"],
    "language": ["en", "uk", "fa"],
    "address_quality": ["good", "role", "disposable", "typo", "unreachable"],
    "address_risk": ["low", "medium", "high"],
}
NUMBERS = ["0", "0.01", "-1", "10", "99.99", "100", "1000.5", "99999999999.99"]
DAYS = [date(2026, 3, 20), date(2026, 3, 21), date(2026, 5, 1), date(2026, 5, 4)]
_MIDNIGHTS = [
    datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC) for day in DAYS
]
_STEPS = [timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1)]
MOMENTS = [
    at + step
    for at in [*_MIDNIGHTS, NOW, NOW - timedelta(days=7), NOW - timedelta(hours=1)]
    for step in [*_STEPS, timedelta(microseconds=-1), timedelta(days=-31)]
]
RELATED = {
    "stage": Stage,
    "lost_reason": LostReason,
    "product": Product,
    "utm_source": UtmSource,
    "utm_medium": UtmMedium,
    "utm_campaign": UtmCampaign,
    "team": Team,
    "tags": Tag,
}
NAMES = ["Новий", "NEW one", "new", "5% کم", "کم ۵%", "Wenig_Bestand"]


def related_ids() -> dict[str, list[int]]:
    """Records for every relation, under awkward names."""
    ids = {
        field: [model.objects.get_or_create(name=name)[0].pk for name in NAMES]
        for field, model in RELATED.items()
    }
    LostReason.objects.filter(name="new").update(
        archived_at=NOW, name_translations={"uk": "Дорого", "fa": "گران"}
    )
    people = [UserFactory(first_name=name[:20]) for name in NAMES[:3]]
    return ids | {"owner": [one.pk for one in people]}


def make_leads(ids: dict[str, list[int]], *, count: int = 60) -> None:
    """The same leads at every run."""
    chance = random.Random(20261121)
    for number in range(count):
        fields = {name: chance.choice(TEXTS) for name in TEXT_FIELDS}
        address = chance.choice(["", "a@x.org", "b@x.org", f"c{number}@x.org"])
        fields |= {"email": address or chance.choice(["", "no address"])}
        fields |= {name: chance.choice([*codes, ""]) for name, codes in CODES.items()}
        del fields["address_risk"]  # worked out from the others
        quality = fields.pop("address_quality")
        fields |= {"status": chance.choice(CODES["status"])}
        for name in RELATED.keys() - {"tags"} | {"owner"}:
            may_be_unset = [] if name == "stage" else [None]
            fields[f"{name}_id"] = chance.choice([*ids[name], *may_be_unset])
        for name in MOMENT_FIELDS:
            needed = name in ("created_at", "stage_changed_at", "lost_at")
            fields[name] = chance.choice(MOMENTS if needed else [*MOMENTS, None])
        if fields["status"] != "lost" and chance.random() < 0.5:
            fields["lost_at"] = None
        number_or_none = [*map(Decimal, NUMBERS), None]
        made = lead(
            chance.choice(TEXTS[1:]),
            **fields,
            email_normalized=address,
            external_id=f"№{number}-{chance.choice(TEXTS)}",
            expected_revenue=chance.choice(number_or_none),
            probability=chance.choice([Decimal(0), Decimal("99.99"), Decimal(100)]),
            bounce_count=chance.choice([0, 1, 10]),
            ignored_in_a_row=chance.choice([0, 1, 10]),
            mail_gap_days=chance.choice([None, None, 30, 91]),
            blacklisted=chance.random() < 0.3,
            active=fields["status"] != "lost" and chance.random() < 0.6,
        )
        Lead.objects.filter(pk=made.pk).update(address_quality=quality)
        made.tags.set(chance.sample(ids["tags"], chance.choice([0, 0, 1, 3])))
        for mailing in chance.sample([1, 2, 3], chance.choice([0, 1, 2])):
            at = chance.choice(MOMENTS)
            Task.objects.create(lead=made, title=f"{mailing}", created_at=at)


TEXT_FIELDS = ("contact_name", "company", "phone", "city")
MOMENT_FIELDS = [
    name for name, known in FIELD_TYPES.items() if known.kind == Kind.MOMENT
]


# ------------------------------------------------------------ a behaviour field
# A task stands for a mail, its title for the mailing; campaign 1 is mailings 1, 2.


def _titles(mailings: frozenset[int], campaigns: frozenset[int]) -> list[str]:
    return [str(one) for one in {*mailings, *([1, 2] if 1 in campaigns else [])}]


def _tasks(**conditions) -> Q:
    return Q(Exists(Task.objects.filter(lead=OuterRef("pk"), **conditions)))


BEHAVIOUR = Behaviour(
    name="mailing_tested",
    label="Tested",
    among=lambda mailings, campaigns: _tasks(title__in=_titles(mailings, campaigns)),
    within=lambda start, end: _tasks(created_at__gte=start, created_at__lte=end),
    is_among=lambda one, mailings, campaigns: any(
        task.title in _titles(mailings, campaigns) for task in one.tasks.all()
    ),
    is_within=lambda one, start, end: any(
        start <= task.created_at <= end for task in one.tasks.all()
    ),
    find=lambda kind, key: key if kind == "campaign" or key in (1, 2, 3) else None,
    names=lambda kind, ids: {pk: f"{kind} {pk}" for pk in ids},
)


def loaded_leads() -> list[Lead]:
    return list(Lead.objects.prefetch_related("tags", "tasks").order_by("pk"))


# ------------------------------------------------------------------ random trees


def _parts(text: str):
    """A text, or any stretch of it: values that hit now and then."""
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return ends.map(lambda pair: text[min(pair) : max(pair)])


_texts = st.sampled_from(TEXTS).flatmap(lambda text: st.just(text) | _parts(text))
_moments = (
    st.sampled_from(DAYS).map(date.isoformat)
    | st.sampled_from(MOMENTS).map(lambda at: at.isoformat())
    | st.sampled_from(["2026-05-04T13:00", "2026-05-04T09:30:00Z"])
)
_spans = st.fixed_dictionaries(
    {
        "n": st.integers(1, 40),
        "unit": st.sampled_from(["hours", "days", "weeks", "months", "years"]),
    }
)


def _lists(values):
    return st.lists(values, max_size=4)


def _pairs(values, key):
    return st.tuples(values, values).map(lambda pair: sorted(pair, key=key))


def _value(field: str, op: Op, ids: dict[str, list[int]]):
    kind = FIELD_TYPES[field].kind
    if op in (Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH):
        return _texts | st.sampled_from(["", *NAMES]).flatmap(_parts)
    if op in (Op.IN_LAST, Op.NOT_IN_LAST):
        return _spans
    if op == Op.IN_PERIOD:
        return st.sampled_from(PERIODS)
    one = {
        Kind.TEXT: lambda: _texts,
        Kind.CHOICE: lambda: st.sampled_from(CODES[field]),
        Kind.RELATION: lambda: st.sampled_from(ids[field]),
        Kind.RELATIONS: lambda: st.sampled_from(ids[field]),
        Kind.NUMBER: lambda: st.sampled_from(
            NUMBERS if FIELD_TYPES[field].decimal_places else [0, 1, 10, 30]
        ),
        Kind.MOMENT: lambda: _moments,
        Kind.BEHAVIOUR: lambda: st.sampled_from([1, 2, 3, {"campaign": 1}]),
    }[kind]()
    if op in (Op.IN, Op.NOT_IN):
        return _lists(one)
    if op == Op.BETWEEN and kind == Kind.NUMBER:
        return _pairs(one, Decimal)
    if op == Op.BETWEEN:
        return _pairs(st.sampled_from(DAYS).map(date.isoformat), str)
    return one


def rules(ids: dict[str, list[int]]):
    """Every field with every operator of its kind, equally often."""

    def rule(pair):
        field, op = pair
        plain = {"field": st.just(field), "op": st.just(op.value)}
        if op not in (Op.SET, Op.NOT_SET):
            plain["value"] = _value(field, op, ids)
        return st.fixed_dictionaries(plain)

    pairs = [
        (field, op)
        for field, known in FIELD_TYPES.items()
        for op in OPERATORS[known.kind]
        # Behaviour that rooms above register is tested there.
        if known.kind != Kind.BEHAVIOUR or field == BEHAVIOUR.name
    ]
    return st.sampled_from(pairs).flatmap(rule)


def trees(ids: dict[str, list[int]]):
    """Trees of up to a dozen rules, three groups deep."""

    def group(children):
        return st.fixed_dictionaries(
            {
                "match": st.sampled_from(["all", "any", "none"]),
                "rules": st.lists(children, max_size=3),
            }
        )

    leaf = rules(ids)
    return group(leaf | group(leaf | group(leaf)))
