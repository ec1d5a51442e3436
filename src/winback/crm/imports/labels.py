"""Which column headers mean which field, as the exports of several products write them.

``None`` means: known, and of no use here. Headers are compared by
``header_key``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from winback.core.text import fold

Labels = dict[str, str | None]

# What a column may be read as. ``outcome`` is another product's status in free
# words, ``last_stage`` the stage before it was closed, ``closed_at`` the day it
# was won or lost, ``blacklisted`` somebody's wish never to be written to.
TARGETS = (
    "title",
    "contact_name",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "language",
    "country",
    "city",
    "time_zone",
    "stage",
    "last_stage",
    "status",
    "outcome",
    "active",
    "lost_reason",
    "lost_at",
    "won_at",
    "closed_at",
    "created_at",
    "stage_changed_at",
    "owner",
    "team",
    "tags",
    "expected_revenue",
    "currency",
    "probability",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "product",
    "external_id",
    "last_mailed_at",
    "last_engaged_at",
    "bounce_count",
    "blacklisted",
    "notes",
)
_GAPS = re.compile(r"[\s_\u00a0\u200c-]+")


def header_key(header: str) -> str:
    """Spelling variants of a header made one: ``Lost_Reason *`` is ``lost reason``."""
    return _GAPS.sub(" ", fold(header)).strip(" *:")


def _keyed(labels: Labels) -> Labels:
    return {header_key(header): target for header, target in labels.items()}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Headers of one product; used if all of ``signature`` are in the file."""

    name: str
    signature: frozenset[str] = frozenset()
    labels: Labels = field(default_factory=dict)


OWN: Labels = _keyed({target: target for target in TARGETS}) | _keyed(
    {
        "Contact": "contact_name",
        "Full name": "contact_name",
        "Email address": "email",
        "E-mail": "email",
        "Mail": "email",
        "Mobile": "phone",
        "Phone number": "phone",
        "Telephone": "phone",
        "Company name": "company",
        "Organization": "company",
        "Locale": "language",
        "Lost on": "lost_at",
        "Won on": "won_at",
        "Created on": "created_at",
        "Created": "created_at",
        "Create date": "created_at",
        "Stage changed on": "stage_changed_at",
        "Closed on": "closed_at",
        "Close date": "closed_at",
        "Product of interest": "product",
        "Last mailed": "last_mailed_at",
        "Last engaged": "last_engaged_at",
        "Bounces": "bounce_count",
        "Revenue": "expected_revenue",
        "Amount": "expected_revenue",
        "Source": "utm_source",
        "Lead source": "utm_source",
        "Medium": "utm_medium",
        "Campaign": "utm_campaign",
        "Lost note": None,
        "Lead": "title",
        "Salesperson": "owner",
        "Sales team": "team",
        "Description": "notes",
        "Unsubscribed": "blacklisted",
        "Opted out": "blacklisted",
    }
)

ODOO: Labels = _keyed(
    {
        # English, Ukrainian and Persian labels of an export
        "External ID": "external_id",
        "Зовнішній ID": "external_id",
        "آیدی خارجی": "external_id",
        "شناسه خارجی": "external_id",
        "Opportunity": "title",
        "Нагода": "title",
        "فرصت": "title",
        "Type": None,
        "Тип": None,
        "نوع": None,
        "Title": None,  # Mr., Mrs.
        "Заголовок": None,
        "عنوان": None,
        "Активно": "active",
        "فعال": "active",
        "Етап": "stage",
        "مرحله": "stage",
        "Причина втрати": "lost_reason",
        "دلیل باخت": "lost_reason",
        "Ймовірність": "probability",
        "احتمال": "probability",
        "Очікуваний дохід": "expected_revenue",
        "پیش‌بینی تخمینی درآمد": "expected_revenue",
        "Назва компанії": "company",
        "نام شرکت": "company",
        "Назва контакту": "contact_name",
        "نام تماس": "contact_name",
        "Job Position": None,
        "Посада": None,
        "موقعیت شغلی": None,
        "Ел. пошта": "email",
        "پست الکترونیک": "email",
        "Нормалізований Email": None,
        "Телефон": "phone",
        "تلفن": "phone",
        "Місто": "city",
        "شهر": "city",
        "Країна": "country",
        "کشور": "country",
        "State": None,
        "Область": None,
        "وضعیت": None,
        "Мова": "language",
        "زبان": "language",
        "Валюта": "currency",
        "ارز": "currency",
        "Продавець": "owner",
        "فروشنده": "owner",
        "Команда продажу": "team",
        "تیم فروش": "team",
        "Мітки": "tags",
        "برچسب‌ها": "tags",
        "Джерело": "utm_source",
        "مرجع": "utm_source",
        "Інформування": "utm_medium",
        "رسانه": "utm_medium",
        "Кампанія": "utm_campaign",
        "کمپین": "utm_campaign",
        "Створено": "created_at",
        "ایجاد شده در": "created_at",
        "Closed Date": "closed_at",
        "Закрита дата": "closed_at",
        "تاریخ بسته شدن": "closed_at",
        "Last Stage Update": "stage_changed_at",
        "Остання зміна етапу": "stage_changed_at",
        "به روز رسانی آخرین مرحله": "stage_changed_at",
        "Blacklist": "blacklisted",
        "Чорний список": "blacklisted",
        "لیست‌سیاه": "blacklisted",
        "Notes": "notes",
        "Примітки": "notes",
        "یادداشت‌ها": "notes",
        # names of an import-compatible export, "/id" cut off
        "id": "external_id",
        "name": "title",
        "partner_name": "company",
        "email_from": "email",
        "email_normalized": None,
        "stage_id": "stage",
        "lost_reason_id": "lost_reason",
        "country_id": "country",
        "user_id": "owner",
        "team_id": "team",
        "source_id": "utm_source",
        "medium_id": "utm_medium",
        "campaign_id": "utm_campaign",
        "tag_ids": "tags",
        "lang_id": "language",
        "lang_code": "language",
        "create_date": "created_at",
        "date_closed": "closed_at",
        "date_last_stage_update": "stage_changed_at",
        "is_blacklisted": "blacklisted",
        "company_currency": "currency",
        "won_status": "status",
        "message_bounce": "bounce_count",
    }
)

_HUBSPOT: Labels = _keyed(
    {
        "Record ID": "external_id",
        "Contact owner": "owner",
        "Deal owner": "owner",
        "Associated Company": "company",
        "Company Name": "company",
        "Lead Status": "outcome",
        "Lifecycle Stage": None,
        "Create Date": "created_at",
        "Unsubscribed from all email": "blacklisted",
        "Additional email addresses": None,
        "Last Activity Date": None,
        "Preferred language": "language",
        "Country/Region": "country",
        "Deal Name": "title",
        "Deal Stage": "stage",
        "Closed Lost Reason": "lost_reason",
        "Close Date": "closed_at",
        "Original Source": "utm_source",
    }
)
_PIPEDRIVE: Labels = _keyed(
    {
        "Deal - ID": "external_id",
        "Deal - Title": "title",
        "Deal - Owner": "owner",
        "Deal - Value": "expected_revenue",
        "Deal - Currency of Value": "currency",
        "Deal - Currency": "currency",
        "Deal - Probability": "probability",
        "Deal - Organization": "company",
        "Deal - Contact person": "contact_name",
        "Deal - Stage": "stage",
        "Deal - Label": "tags",
        "Deal - Status": "outcome",
        "Deal - Deal created": "created_at",
        "Deal - Last stage change": "stage_changed_at",
        "Deal - Won time": "won_at",
        "Deal - Lost time": "lost_at",
        "Deal - Deal closed on": "closed_at",
        "Deal - Lost reason": "lost_reason",
        "Deal - Product name": "product",
        "Deal - Source channel": "utm_medium",
        "Person - Name": "contact_name",
        "Person - Email": "email",
        "Person - Email - Work": "email",
        "Person - Email - Home": "email",
        "Person - Email - Other": "email",
        "Person - Phone": "phone",
        "Person - Phone - Work": "phone",
        "Person - Phone - Mobile": "phone",
        "Person - Phone - Home": "phone",
        "Person - Phone - Other": "phone",
        "Organization - Name": "company",
    }
)
_SALESFORCE: Labels = _keyed(
    {
        "ID": "external_id",
        "Lead ID": "external_id",
        "Name": "contact_name",
        "LastName": "last_name",
        "FirstName": "first_name",
        "Title": None,
        "Company / Account": "company",
        "MobilePhone": "phone",
        "LeadSource": "utm_source",
        "Status": "outcome",
        "Lead Status": "outcome",
        "OwnerId": "owner",
        "Lead Owner": "owner",
        "HasOptedOutOfEmail": "blacklisted",
        "Email Opt Out": "blacklisted",
        "CreatedDate": "created_at",
        "ConvertedDate": "won_at",
        "LastActivityDate": None,
        "Converted Date": "won_at",
    }
)
_ESPO: Labels = _keyed(
    {
        "ID": "external_id",
        "Name": "title",
        "Account": "company",
        "Account Name": "company",
        "Contact": "contact_name",
        "Last Stage": "last_stage",
        "Amount Currency": "currency",
        "Close Date": "closed_at",
        "Assigned User": "owner",
        "Assigned User Name": "owner",
        "Created At": "created_at",
        "Status": "outcome",
        "Do Not Email": "blacklisted",
        "Description": "notes",
    }
)

DIALECTS = (
    Dialect("Pipedrive", frozenset({"deal title"}), _PIPEDRIVE),
    Dialect("Salesforce", frozenset({"lastname", "isconverted"}), _SALESFORCE),
    Dialect("Salesforce", frozenset({"lastname", "company", "status"}), _SALESFORCE),
    Dialect("Salesforce", frozenset({"company / account", "lead status"}), _SALESFORCE),
    Dialect("HubSpot", frozenset({"record id"}), _HUBSPOT),
    Dialect("EspoCRM", frozenset({"account", "assigned user"}), _ESPO),
    Dialect("EspoCRM", frozenset({"name", "last stage"}), _ESPO),
    Dialect("Odoo", frozenset({"external id", "opportunity"}), ODOO),
    Dialect("Odoo", frozenset({"зовнішній id"}), ODOO),
    Dialect("Odoo", frozenset({"آیدی خارجی"}), ODOO),
    Dialect("Odoo", frozenset({"external id", "job position"}), ODOO),
    Dialect("Odoo", frozenset({"partner name", "email from"}), ODOO),
    Dialect("Odoo", frozenset({"stage id"}), ODOO),
    Dialect("Odoo", frozenset({"opportunity", "salesperson"}), ODOO),
)
# Without a dialect: our own names first, then whatever any of them says.
ANY = Dialect(
    "",
    frozenset(),
    _SALESFORCE | _ESPO | _HUBSPOT | _PIPEDRIVE | ODOO | {"name": "contact_name"} | OWN,
)


def dialect_of(keys: set[str]) -> Dialect:
    """Whose export has these headers (as ``header_key`` gives them)."""
    bare = {key.removesuffix("/id") for key in keys}
    # Our own export also has an external id, but never these of others.
    if "email normalized" not in bare and bare and bare <= OWN.keys():
        return Dialect("Winback", frozenset(), OWN)
    for dialect in DIALECTS:
        if dialect.signature <= bare:
            return Dialect(dialect.name, dialect.signature, OWN | dialect.labels)
    return ANY
