"""Run in the tested installation: one mailing of each premade template, all due.

    python tests/outside/fill_templates.py NAMES.json

To one lead for each language, then a plain one to people with the given names.
The number of a mailing is its place among the templates, from 1.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from tests.factories import LeadFactory, MailingFactory, UserFactory  # noqa: E402
from winback.content.models import Template  # noqa: E402
from winback.content.premade import premade_templates  # noqa: E402
from winback.core.models import Installation  # noqa: E402
from winback.mailings.models import Mailing, VersionContent  # noqa: E402
from winback.mailings.services import start_from_template  # noqa: E402

PEOPLE = {
    "en": ("Olivia Brown", "olivia@example.org"),
    "uk": ("Ольга Коваль", "olha@example.org"),
    "fa": ("مریم رضایی", "maryam@example.org"),
}
SENDER = {
    "from_name": "Lamp House",
    "from_address": "hello@lamphouse.example",
    "frequency_cap_days": 0,
}


def main() -> None:
    now, by = timezone.now(), UserFactory()
    installation = Installation.current()
    installation.company_name = "Lamp House"
    installation.postal_address = "1 Market Street, 79000 Lviv"
    installation.website = "https://lamphouse.example"
    installation.save()
    for language, (name, address) in PEOPLE.items():
        LeadFactory(contact_name=name, email=address, language=language, title="lamps")
    ours = rule("in", [address for _, address in PEOPLE.values()])
    mailings = [draft(ours) for _ in premade_templates()]
    for mailing, premade in zip(mailings, premade_templates(), strict=True):
        template = Template.objects.get(key=premade.key)
        start_from_template(mailing, template, by=by, now=now)
    names = json.loads(Path(sys.argv[1]).read_text())
    for number, name in enumerate(names):
        LeadFactory(contact_name=name, email=f"name{number}@example.org", title="x")
    mailings.append(draft(rule("starts_with", "name")))
    VersionContent.objects.create(
        version=mailings[-1].versions.get(),
        subject="For {{ lead.contact_name }}",
        body_kind="text",
        body="Dear {{ lead.contact_name }},\n.\n..two dots\nFrom here https://x.example\n",
    )
    ids = [mailing.pk for mailing in mailings]
    Mailing.objects.filter(pk__in=ids).update(state="scheduled", scheduled_at=now)


def draft(rules: dict[str, object]) -> Mailing:
    mailing = MailingFactory(rules=rules, **SENDER)
    mailing.versions.create(label="A")
    return mailing


def rule(op: str, value: object) -> dict[str, object]:
    return {"match": "all", "rules": [{"field": "email", "op": op, "value": value}]}


main()
