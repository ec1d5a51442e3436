from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest

from tests.factories import NOW, LeadFactory
from winback.crm.models import Lead
from winback.crm.risk import Risk, risk_is, risk_of

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@dataclass
class Facts:
    email: str = "anna@example.org"
    address_quality: str = "good"
    bounce_count: int = 0
    created_at: object = NOW
    lost_at: object = None
    last_engaged_at: object = None
    last_mailed_at: object = None


@pytest.mark.parametrize(
    ("facts", "risk"),
    [
        (Facts(), "low"),
        (Facts(email="", address_quality=""), ""),
        (Facts(address_quality="role"), "medium"),
        (Facts(address_quality="disposable"), "medium"),
        (Facts(address_quality="typo"), "high"),
        (Facts(address_quality="unreachable"), "high"),
        (Facts(address_quality="invalid"), "high"),
        (Facts(bounce_count=1), "medium"),
        (Facts(bounce_count=1, address_quality="role"), "high"),
        (Facts(created_at=NOW - YEAR), "low"),
        (Facts(created_at=NOW - YEAR * 1.01), "medium"),
        (Facts(created_at=NOW - YEAR * 2.5), "medium"),
        (Facts(created_at=NOW - YEAR * 3.01), "high"),
        (Facts(created_at=NOW - YEAR * 9, lost_at=NOW - YEAR / 2), "low"),
        (Facts(created_at=NOW - YEAR * 9, last_engaged_at=NOW), "low"),
        (Facts(created_at=NOW - YEAR * 9, last_mailed_at=NOW), "low"),
        # A mail that came back is no sign of life.
        (Facts(created_at=NOW - YEAR * 9, last_mailed_at=NOW, bounce_count=1), "high"),
    ],
)
def test_risk_is_the_documented_score(facts, risk):
    assert risk_of(facts, now=NOW) == risk


def test_sql_gives_each_lead_the_risk_that_python_gives():
    ages = [None, NOW - YEAR / 2, NOW - YEAR, NOW - YEAR * 2.5, NOW - YEAR * 4]
    leads = []
    for number, (lost, engaged, mailed) in enumerate(product(ages, ages, ages)):
        leads.append(
            LeadFactory.build(
                stage=None,
                email="a@example.org" if number % 7 else "",
                address_quality=("good", "role", "typo", "disposable")[number % 4],
                bounce_count=number % 3 // 2,
                created_at=NOW - YEAR * 5,
                lost_at=lost,
                last_engaged_at=engaged,
                last_mailed_at=mailed,
            )
        )
    stage = LeadFactory().stage
    for lead in leads:
        lead.stage = stage
    Lead.objects.bulk_create(leads)
    everybody = list(Lead.objects.all())

    for risks in (["low"], ["medium"], ["high"], ["low", "high"], [*Risk], []):
        found = Lead.objects.filter(risk_is(risks, now=NOW))
        others = Lead.objects.filter(~risk_is(risks, now=NOW))
        expected = {one.pk for one in everybody if risk_of(one, now=NOW) in risks}
        assert {one.pk for one in found} == expected
        assert {one.pk for one in others} == {one.pk for one in everybody} - expected
    assert {risk_of(one, now=NOW) for one in everybody} == {"", "low", "medium", "high"}
