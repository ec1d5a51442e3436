"""Run in the tested installation: leads, and a mailing to them that is due.

    python tests/faults/fill.py RECIPIENTS [MAILS_PER_HOUR]

Writes one lead more for every ten without an address, which are left out. No guard
stops the mailing: a server that refuses by luck may pass any rate among few mails.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from tests.factories import MailingFactory, StageFactory  # noqa: E402
from winback.crm.models import Lead  # noqa: E402
from winback.crm.rules import clean_lead  # noqa: E402
from winback.delivery.models import GuardSettings  # noqa: E402
from winback.mailings.models import VersionContent  # noqa: E402


def main() -> None:
    count, now = int(sys.argv[1]), timezone.now()
    stage = StageFactory()
    GuardSettings.objects.create(pk=1, bounce_percent=99, complaint_percent=99)
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
        mails_per_hour=int(sys.argv[2]) if sys.argv[2:] and sys.argv[2] else None,
    )
    VersionContent.objects.create(
        version=mailing.versions.create(label="A"),
        subject="Back, {{ lead.first_name }}",
        body_kind="text",
        body="Dear {{ lead.first_name }},\n\nlook: https://shop.example/lamp\n",
    )


main()
