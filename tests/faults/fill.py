"""Run in the tested installation: leads, and a mailing to them that is due.

    python tests/faults/fill.py RECIPIENTS

Writes one of ten leads without an address, which are left out.
"""

from __future__ import annotations

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from tests.factories import MailingFactory, StageFactory  # noqa: E402
from winback.crm.models import Lead  # noqa: E402
from winback.crm.rules import clean_lead  # noqa: E402
from winback.mailings.models import VersionContent  # noqa: E402


def main() -> None:
    count, now = int(sys.argv[1]), timezone.now()
    stage = StageFactory()
    leads = [
        Lead(
            title=f"Lead {number}",
            contact_name=f"Оля {number}",
            email=f"person{number}@example{number % 20}.org" if number < count else "",
            stage=stage,
            created_at=now,
            stage_changed_at=now,
        )
        for number in range(count + count // 10)
    ]
    for lead in leads:
        clean_lead(lead)
    Lead.objects.bulk_create(leads, batch_size=1000)
    mailing = MailingFactory(
        state="scheduled",
        scheduled_at=now,
        from_name="Shop",
        from_address="shop@winback.example",
    )
    VersionContent.objects.create(
        version=mailing.versions.create(label="A"),
        subject="Back, {{ lead.first_name }}",
        body_kind="text",
        body="Dear {{ lead.first_name }},\n\nlook: https://shop.example/lamp\n",
    )


main()
