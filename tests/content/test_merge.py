from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.factories import LeadFactory
from winback.content.merge import merge_values, our_side
from winback.content.rendering import ContentSource, MergeContext, compile_content
from winback.core.models import Installation

pytestmark = pytest.mark.django_db


def rendered(lead, body):
    values = merge_values(
        lead,
        language="en",
        ours=our_side(),
        mailing_name="",
        unsubscribe_url="",
        view_url="",
    )
    source = ContentSource(subject="Back", body_kind="html", body=body)
    return compile_content(source).render(MergeContext(values=values)).html


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tehran", "4 March"), ("America/New_York", "3 March")]
)
def test_dates_in_mails_are_days_of_the_installation(zone, day):
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": zone})
    late = datetime(2025, 3, 3, 22, 0, tzinfo=UTC)
    lead = LeadFactory(created_at=late)

    mail = rendered(lead, "<p>{{ lead.created_at | date: '%-d %B' }}</p>")

    assert f"<p>{day}</p>" in mail


def test_website_begins_an_address_and_values_behind_it_are_encoded():
    Installation.objects.update_or_create(
        pk=1, defaults={"website": "https://shop.test/a?b=c"}
    )
    lead = LeadFactory(title="Lamps & more")

    mail = rendered(
        lead, '<a href="{{ company.website }}&amp;for={{ lead.title }}">See</a>'
    )

    assert 'href="https://shop.test/a?b=c&amp;for=Lamps%20%26%20more"' in mail
