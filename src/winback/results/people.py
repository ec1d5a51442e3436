"""The list behind a figure: one row for each person, page by page, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook

from winback.core.text import fold
from winback.crm.cells import neutralized, without_control
from winback.crm.models import Lead
from winback.mailings.models import (
    BounceKind,
    FailureClass,
    LeftOutReason,
    Mailing,
    Recipient,
)
from winback.reactions.models import HitKind
from winback.reactions.queries import first_unknown_hits
from winback.results.leaving import wish_in_words, with_reason, with_wishes
from winback.results.models import Conversion
from winback.results.queries import leads_behind, people_behind
from winback.results.rules import Button, Further

ROWS_PER_PAGE = 50
COLUMNS = ("lead_id", "title", "contact_name", "company", "address", "happened")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One line. ``happened`` holds (what, when) pairs in the order of time."""

    key: int
    lead_id: int
    title: str
    contact_name: str
    company: str
    active: bool
    status: str
    address: str
    happened: list[tuple[str, datetime]]
    words: str


def rows_behind(
    mailing: Mailing, name: str, *, search: str, why: str = ""
) -> QuerySet[Recipient] | QuerySet[Lead]:
    """All rows of the list by key; without a search, as many as the figure says.

    ``why`` is a reason for which people unsubscribed: see ``leaving``.
    """
    if name == Button.LEADS:
        return leads_behind(mailing).filter(_matches(search, "")).order_by("pk")
    found = people_behind(mailing, name)
    if name == Further.UNSUBSCRIBED:
        found = with_reason(with_wishes(found), why)
    return found.filter(_matches(search, "lead__")).order_by("pk")


def shown(
    found: Iterable[Recipient] | Iterable[Lead], mailing: Mailing
) -> list[PersonRow]:
    """Rows as the page and the files show them. One more query."""
    records = list(found)
    leads = [record for record in records if isinstance(record, Lead)]
    if leads:
        return _of_leads(leads, mailing)
    recipients = [record for record in records if isinstance(record, Recipient)]
    unknown = first_unknown_hits([one.pk for one in recipients])
    return [_of_recipient(one, unknown.get(one.pk, [])) for one in recipients]


def _matches(search: str, prefix: str) -> Q:
    wanted = fold(search.strip().replace("\0", ""))
    condition = Q()
    for word in wanted.split()[:8]:
        of_word = Q()
        for name in ("title", "contact_name", "company", "email"):
            of_word |= Q(**{f"{prefix}{name}_folded__contains": word})
        condition &= of_word
    return condition


def _of_recipient(row: Recipient, unknown: list[tuple[HitKind, datetime]]) -> PersonRow:
    return PersonRow(
        key=row.pk,
        lead_id=row.lead_id,
        title=row.lead.title,
        contact_name=row.lead.contact_name,
        company=row.lead.company,
        active=row.lead.active,
        status=row.lead.status,
        address=row.address,
        happened=_happened(row, unknown),
        words=" · ".join(filter(None, (_words(row), _wish(row)))),
    )


def _happened(
    row: Recipient, unknown: list[tuple[HitKind, datetime]]
) -> list[tuple[str, datetime]]:
    of_unknown = {
        HitKind.OPEN: _("Fetched by something unknown"),
        HitKind.CLICK: _("Link followed by something unknown"),
    }
    dates = (
        (_("Sent"), row.sent_at),
        (_("Opened"), row.opened_at),
        (pgettext("one person", "Clicked"), row.clicked_at),
        (pgettext("one person", "Replied"), row.replied_at),
        (pgettext("one person", "Bounced"), row.bounced_at),
        (_("Unsubscribed"), row.unsubscribed_at),
        (_("Reported as spam"), row.complained_at),
        (_("Fetched by a program"), row.machine_opened_at),
        (_("Links checked by a program"), row.machine_clicked_at),
        *((of_unknown[kind], at) for kind, at in unknown),
    )
    return sorted(
        ((label, at) for label, at in dates if at), key=lambda happened: happened[1]
    )


def _words(row: Recipient) -> str:
    if row.left_out_reason:
        return str(LeftOutReason(row.left_out_reason).label)
    if row.failure_class:
        label = FailureClass(row.failure_class).label
        return f"{label}: {row.error}" if row.error else str(label)
    return str(BounceKind(row.bounce_kind).label) if row.bounce_kind else row.error


def _wish(row: Recipient) -> str:
    """What the person said when unsubscribing, where the list asked for it."""
    kind = getattr(row, "wish_kind", "")
    return wish_in_words(kind, row.wish_code, row.wish_words) if kind else ""  # type: ignore[attr-defined]


def _of_leads(leads: list[Lead], mailing: Mailing) -> list[PersonRow]:
    credits: dict[int, list[Conversion]] = {}
    conversions = Conversion.objects.filter(mailing=mailing, lead__in=leads)
    for conversion in conversions.order_by("at"):
        credits.setdefault(conversion.lead_id, []).append(conversion)
    return [_of_lead(lead, credits.get(lead.pk, [])) for lead in leads]


def _of_lead(lead: Lead, credits: list[Conversion]) -> PersonRow:
    happened = [(str(one.get_kind_display()), one.at) for one in credits]
    happened += [
        (_response_label(one), datetime.fromisoformat(one.why["responded_at"]))
        for one in credits
        if "responded_at" in one.why
    ]
    return PersonRow(
        key=lead.pk,
        lead_id=lead.pk,
        title=lead.title,
        contact_name=lead.contact_name,
        company=lead.company,
        active=lead.active,
        status=lead.status,
        address=lead.email,
        happened=sorted(happened, key=lambda one: one[1]),
        words="",
    )


def _response_label(conversion: Conversion) -> str:
    labels = {
        "opened": _("Opened"),
        "clicked": pgettext("one person", "Clicked"),
        "replied": pgettext("one person", "Replied"),
    }
    return labels.get(conversion.why.get("response", ""), _("Responded"))


def csv_lines(
    found: QuerySet[Recipient] | QuerySet[Lead], mailing: Mailing
) -> Iterator[str]:
    """A CSV file line by line, beginning with the mark that Excel needs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for line in _lines(found, mailing):
        writer.writerow(line)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx_bytes(found: QuerySet[Recipient] | QuerySet[Lead], mailing: Mailing) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in _lines(found, mailing):
        sheet.append(list(map(without_control, line)))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _lines(
    found: QuerySet[Recipient] | QuerySet[Lead], mailing: Mailing
) -> Iterator[list[str]]:
    yield list(COLUMNS)
    last_key = 0
    while page := shown(found.filter(pk__gt=last_key)[:1000], mailing):
        last_key = page[-1].key
        for row in page:
            happened = [f"{label} {at.isoformat()}" for label, at in row.happened]
            cells = (
                str(row.lead_id),
                row.title,
                row.contact_name,
                row.company,
                row.address,
                "; ".join([*happened, *filter(None, [row.words])]),
            )
            yield [neutralized(cell) for cell in cells]
