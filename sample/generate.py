"""Writes the sample: leads of Loom & Lumen Trading, a company that does not exist.

    python sample/generate.py

Always the same files, from the fixed seed; standard library only. Dates stand
relative to BASE: ``winback.web.sample`` moves them when it loads the sample, so
that the story always ends today. Every address lies under a domain reserved by
RFC 2606 and RFC 6761.

The story: limited runs sell out, people are turned away, months later the next
run is in the warehouse and two prices have come down.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from words import LOCALES, Locale

FOLDER = Path(__file__).resolve().parent
SEED = 20241
BASE = date(2026, 11, 20)
NOW = datetime.combine(BASE, time(9), UTC)
YEARS_DAYS = 1700
PLAIN_LEADS = 1905
DUPLICATES = 95
RECIPE_SINCE = datetime(2024, 1, 1, tzinfo=UTC)

Row = dict[str, Any]

LEAD_COLUMNS = [
    "external_id", "title", "contact_name", "company", "email", "phone", "language",
    "country", "city", "time_zone", "stage", "status", "active", "lost_reason",
    "lost_at", "won_at", "created_at", "stage_changed_at", "owner", "team", "tags",
    "expected_revenue", "currency", "probability", "utm_source", "utm_medium",
    "utm_campaign", "product", "last_mailed_at", "last_engaged_at", "bounce_count",
    "notes",
]  # fmt: skip

# code, name, price now, price before, in stock now, was sold out
PRODUCTS = [
    ("LL-101", "Harbour Lamp", "129.00", "129.00", 340, True),
    ("LL-102", "Tern Kettle", "64.00", "64.00", 510, True),
    ("LL-103", "Moorland Throw", "89.00", "89.00", 220, True),
    ("LL-104", "Night Train Print, first run", "45.00", "45.00", 150, True),
    ("LL-105", "Salt & Ash Bowl set", "72.00", "72.00", 95, True),
    ("LL-106", "Cartographer’s Pen", "118.00", "118.00", 60, True),
    ("LL-107", "Orchard Board Game", "38.00", "38.00", 800, True),
    ("LL-108", "Copper Dial Clock", "149.00", "212.00", 130, False),
    ("LL-109", "Fen Oak Stool", "159.00", "228.00", 75, False),
    ("LL-110", "Lantern Set", "54.00", "54.00", 400, False),
    ("LL-111", "Linen Field Bag", "96.00", "96.00", 260, False),
    ("LL-112", "Signal Poster, last run", "35.00", "35.00", 0, True),
]
SOLD_OUT = [product for product in PRODUCTS if product[5]]

REASONS = {
    "stock": "Not enough stock",
    "price": "Too expensive",
    "skills": "We don't have people/skills",
    "": "",
}
STAGES_WHEN_LOST = {
    "stock": {"New": 6, "Qualified": 14, "Proposition": 80},
    "price": {"New": 10, "Qualified": 35, "Proposition": 55},
    "skills": {"New": 25, "Qualified": 50, "Proposition": 25},
    "": {"New": 55, "Qualified": 35, "Proposition": 10},
}
PROBABILITIES = {"New": 10, "Qualified": 30, "Proposition": 60, "Won": 100}

PEOPLE = [
    ("demo@winback.example", "Dana", "Whitlock", "administrator", "", "en"),
    ("marta@winback.example", "Marta", "Lindqvist", "marketing_manager", "", "en"),
    ("yurii@winback.example", "Юрій", "Савченко", "marketing_user", "", "uk"),
    ("olena@winback.example", "Олена", "Гнатюк", "sales_manager", "Europe", "uk"),
    ("sam@winback.example", "Sam", "Okafor", "sales_user", "Overseas", "en"),
    ("shirin@winback.example", "شیرین", "افشار", "sales_user", "Overseas", "fa"),
    ("jonas@winback.example", "Jonas", "Brandt", "sales_user", "Europe", "en"),
    ("oksana@winback.example", "Оксана", "Литвин", "sales_user", "Europe", "uk"),
]
OWNERS = {
    "uk": ["olena@winback.example", "oksana@winback.example"],
    "fa": ["shirin@winback.example"],
    "ja": ["shirin@winback.example", "sam@winback.example"],
    "en": ["sam@winback.example", "jonas@winback.example"],
}
OTHER_OWNERS = ["jonas@winback.example", "oksana@winback.example"]
TEAMS = {person[0]: person[4] for person in PEOPLE}

TAGS = ["Gift shop", "Museum shop", "Interior", "Online shop", "Wholesale", "VIP"]
CHANNELS = [
    ("Google", "cpc", "Spring window"),
    ("Newsletter", "email", "First run preview"),
    ("Trade fair", "offline", "Autumn fair"),
    ("Instagram", "social", "Night Train launch"),
    ("Partner", "referral", ""),
]
INVALID = [
    "shop@@example.com", "kontakt(at)example.org", "info@", "@example.net",
    "two words@example.com", "ask at the counter", "name@example..com",
    "sales@-example.com",
]  # fmt: skip
RESERVED = ["example.com", "example.org", "example.net"]
# Addresses outside ASCII: a domain in every case, a local part in two.
IDN_ADDRESSES = {
    "uk": "замовлення{number}@крамниця.example",
    "fa": "سفارش{number}@فروشگاه.example",
    "de": "info{number}@möbel.example",
}
# What one euro is in the currencies of the leads: round figures, not a source.
PER_EURO = {"EUR": 1, "USD": 1.1, "UAH": 45, "PLN": 4.3, "JPY": 160}


class Writer:
    """Draws one lead after the other; remembers the addresses given out."""

    def __init__(self, seed: int) -> None:
        # Not for secrets: the same seed must give the same files.
        self.random = random.Random(seed)
        self.addresses: set[str] = set()

    def weighted(self, weights: dict[str, int]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def lead(self, number: int) -> Row:
        language = self.weighted({code: loc.weight for code, loc in LOCALES.items()})
        locale = LOCALES[language]
        row: Row = dict.fromkeys(LEAD_COLUMNS, "")
        row.update(
            external_id=f"sample-{number:04d}", language=language, bounce_count=0
        )
        self._person(row, locale)
        row["created_at"] = self._moment(self.random.triangular(0.3, YEARS_DAYS, 90))
        reason = self._fate(row)
        self._business(row, locale, reason)
        self._history(row)
        return row

    def _moment(self, days_ago: float) -> datetime:
        day = NOW - timedelta(days=days_ago)
        working_hour = time(self.random.randint(7, 16), self.random.randint(0, 59))
        return min(datetime.combine(day.date(), working_hour, UTC), NOW)

    def _person(self, row: Row, locale: Locale) -> None:
        first, first_latin = self.random.choice(locale.first_names)
        last, last_latin = self.random.choice(locale.last_names)
        shop, _ = self.random.choice(locale.last_names)
        company, word = self.random.choice(locale.companies)
        city, country, zone, prefix = self.random.choice(locale.places)
        family_first = row["language"] == "ja"
        row.update(
            contact_name=f"{last} {first}" if family_first else f"{first} {last}",
            company=company.format(name=shop) if self.random.random() < 0.85 else "",
            email=self._address(first_latin, last_latin, word),
            phone=f"{prefix} {self.random.randint(100, 999)}",
            city=city,
            country=country,
            time_zone=zone,
            currency=locale.currency,
        )

    def _address(self, first: str, last: str, word: str) -> str:
        domain = self.random.choice([*RESERVED, f"{word}.example", f"{word}.test"])
        for number in ["", *range(2, 99)]:
            address = f"{first}.{last}{number}@{domain}"
            if address not in self.addresses:
                self.addresses.add(address)
                return address
        raise AssertionError("more people than names")

    def _fate(self, row: Row) -> str:
        """Sets status, stage and their dates; returns the key of the lost reason."""
        created = row["created_at"]
        age_days = (NOW - created).days
        fates = {"lost": 60, "won": 12, "open": 22, "archived": 4}
        if age_days > 400:
            fates["open"] = 3
        fate = self.weighted(fates) if age_days > 30 else "open"
        row.update(status="open", active=1)
        row["stage"] = self.weighted({"New": 45, "Qualified": 35, "Proposition": 20})
        row["stage_changed_at"] = self._later(created, 40)
        if fate == "archived":
            row["active"] = 0
        if fate == "won":
            row.update(status="won", stage="Won")
            row["won_at"] = row["stage_changed_at"]
        if fate == "lost":
            return self._lose(row)
        return ""

    def _lose(self, row: Row) -> str:
        reason = self.weighted({"stock": 42, "price": 29, "skills": 16, "": 13})
        lost_at = self._later(row["stage_changed_at"], 90)
        row.update(status="lost", active=0, lost_at=lost_at)
        row.update(stage=self.weighted(STAGES_WHEN_LOST[reason]))
        row["lost_reason"] = REASONS[reason]
        row["reason_key"] = reason
        return reason

    def _later(self, moment: datetime, most_days: int) -> datetime:
        """Some time after ``moment``, but before now."""
        seconds = min(most_days * 86400, (NOW - moment).total_seconds())
        return moment + timedelta(seconds=int(seconds * self.random.uniform(0.05, 1)))

    def _business(self, row: Row, locale: Locale, reason: str) -> None:
        product = self._product(reason)
        count = self.random.choice([6, 12, 12, 18, 24, 24, 36, 48, 60, 120])
        shown = _digits(count, row["language"])
        title = self.random.choice(locale.titles)
        owner = self.random.choice(OWNERS.get(row["language"], OTHER_OWNERS))
        euros = count * float(product[3]) * 0.9
        row.update(
            title=title.format(count=shown, product=product[1]),
            product=product[1],
            expected_revenue=f"{euros * PER_EURO[row['currency']]:.2f}",
            probability=0 if row["status"] == "lost" else PROBABILITIES[row["stage"]],
            owner=owner if self.random.random() < 0.93 else "",
            tags=", ".join(self.random.sample(TAGS, self.random.choice([0, 1, 1, 2]))),
        )
        row["team"] = TEAMS.get(row["owner"], "")
        if self.random.random() < 0.7:
            source, medium, campaign = self.random.choice(CHANNELS)
            row.update(utm_source=source, utm_medium=medium, utm_campaign=campaign)
        if row["status"] == "lost" and self.random.random() < 0.6:
            note = self.random.choice(locale.notes[reason])
            row["notes"] = note.format(count=shown)

    def _product(self, reason: str) -> tuple[Any, ...]:
        if reason == "stock":
            return self.random.choices(SOLD_OUT, [9, 8, 7, 7, 5, 4, 6, 1])[0]
        if reason == "price":
            fallen = [item for item in PRODUCTS if item[2] != item[3]]
            return self.random.choice(fallen * 4 + PRODUCTS)
        return self.random.choice(PRODUCTS)

    def _history(self, row: Row) -> None:
        """Some have been written to before, long ago; some of them reacted."""
        age_days = (NOW - row["created_at"]).days
        if age_days < 120 or self.random.random() > 0.35:
            return
        mailed = self._moment(self.random.randint(45, max(46, age_days - 30)))
        row["last_mailed_at"] = mailed
        if self.random.random() < 0.3:
            row["last_engaged_at"] = mailed + timedelta(
                hours=self.random.randint(1, 70)
            )
        elif self.random.random() < 0.06:
            row["bounce_count"] = self.random.randint(1, 3)

    def duplicate(self, original: Row, number: int) -> Row:
        """The same person again, with another wish and the address typed anew."""
        row = self.lead(number)
        same = ("contact_name", "company", "language", "country", "city", "time_zone")
        row.update({key: original[key] for key in same})
        row["email"] = self._typed_anew(original)
        return row

    def _typed_anew(self, original: Row) -> str:
        address, name = str(original["email"]), original["contact_name"]
        local, _, domain = address.rpartition("@")
        return str(
            self.random.choice(
                [
                    address,
                    address.upper(),
                    f"{local.title()}@{domain}",
                    f"{name} <{address}>",
                    f'"{name}" <{local}@{domain.upper()}>',
                    f"  {address} ",
                ]
            )
        )


def _digits(number: int, language: str) -> str:
    persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    return str(number).translate(persian) if language == "fa" else str(number)


def is_in_recipe(row: Row) -> bool:
    """What the recipe of the demo finds, apart from the blacklist."""
    return (
        row.get("reason_key") == "stock"
        and row["stage"] == "Proposition"
        and row["created_at"] >= RECIPE_SINCE
    )


def spoil(writer: Writer, rows: list[Row]) -> list[Row]:
    """Gives a part of ``rows`` every fault of real lists; returns the refusals.

    Called for the people of the recipe and for the others apart, so that both
    have all of them. Each lead gets at most one fault.
    """
    shuffled = list(rows)
    writer.random.shuffle(shuffled)
    faults = iter(shuffled)

    def take(share: float) -> Iterable[Row]:
        return [next(faults) for _ in range(max(3, round(len(rows) * share)))]

    for row in take(0.045):
        row["email"] = ""
    for row in take(0.012):
        row["email"] = writer.random.choice(INVALID)
    for row in take(0.02):
        row["last_mailed_at"] = NOW - timedelta(days=writer.random.randint(1, 4))
    for row in take(0.01):
        if pattern := IDN_ADDRESSES.get(row["language"]):
            row["email"] = pattern.format(number=row["external_id"][-4:])
    refusals = [_refusal(writer, row, "blacklisted") for row in take(0.05)]
    return refusals + [_refusal(writer, row, "opted_out") for row in take(0.018)]


def _refusal(writer: Writer, row: Row, kind: str) -> Row:
    reasons = ["unsubscribed", "unsubscribed", "hard_bounce", "complaint", "by_hand"]
    at = writer._moment(writer.random.randint(40, 600))
    reason = writer.random.choice(reasons) if kind == "blacklisted" else ""
    return {"address": row["email"].lower(), "kind": kind, "reason": reason, "at": at}


def make_leads(writer: Writer) -> tuple[list[Row], list[Row]]:
    """All leads by creation date, and who refused to be written to."""
    leads = [writer.lead(number) for number in range(1, PLAIN_LEADS + 1)]
    wanted = [row for row in leads if is_in_recipe(row)]
    others = [row for row in leads if not is_in_recipe(row)]
    refusals = spoil(writer, wanted) + spoil(writer, others)
    addressed = [row for row in leads if row["email"] and row["email"].isascii()]
    sound = [row for row in addressed if row["email"] not in INVALID]
    story = [row for row in sound if is_in_recipe(row)]
    for number in range(PLAIN_LEADS + 1, PLAIN_LEADS + DUPLICATES + 1):
        # Every fourth one is a second wish of somebody in the story.
        original = writer.random.choice(story if number % 4 == 0 else sound)
        again = writer.duplicate(original, number)
        if number % 4 == 0:
            again = _same_wish(writer, original, again)
        leads.append(again)
    return sorted(leads, key=lambda row: row["created_at"]), refusals


def _same_wish(writer: Writer, original: Row, again: Row) -> Row:
    """Asked for the sold-out goods twice: a duplicate inside the recipe."""
    kept = {key: again[key] for key in ("external_id", "email", "phone", "owner")}
    days = timedelta(days=writer.random.randint(2, 20))
    later = {"created_at": min(original["created_at"] + days, original["lost_at"])}
    return original | kept | later


def write_csv(name: str, columns: list[str], rows: Iterable[Row]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, columns, extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows({key: _cell(row[key]) for key in columns} for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def main() -> None:
    leads, refusals = make_leads(Writer(SEED))
    write_csv("leads.csv", LEAD_COLUMNS, leads)
    write_csv("refusals.csv", ["address", "kind", "reason", "at"], refusals)
    products = ["code", "name", "price", "price_before", "stock"]
    write_csv(
        "products.csv",
        products,
        [dict(zip(products, p, strict=False)) for p in PRODUCTS],
    )
    people = ["email", "first_name", "last_name", "role", "team", "language"]
    write_csv("people.csv", people, [dict(zip(people, p, strict=True)) for p in PEOPLE])
    base = {"base": BASE.isoformat()}
    (FOLDER / "base.json").write_text(json.dumps(base) + "\n")


if __name__ == "__main__":
    main()
