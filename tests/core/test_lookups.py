"""``any_of``: what ``in`` means, for any number of values."""

import pytest

from tests.factories import LeadFactory
from winback.crm.models import Lead

pytestmark = pytest.mark.django_db


def test_any_of_texts_and_numbers_are_found():
    leads = [LeadFactory(email=f"Оля{n}@example.com") for n in range(3)]
    wanted = [leads[0].pk, leads[2].pk]

    assert set(Lead.objects.filter(pk__any_of=wanted)) == {leads[0], leads[2]}
    assert set(
        Lead.objects.filter(email_normalized__any_of=[leads[1].email_normalized, "'"])
    ) == {leads[1]}


def test_any_of_nothing_is_nobody():
    LeadFactory()

    assert not Lead.objects.filter(pk__any_of=[]).exists()


def test_any_of_more_values_than_a_statement_takes_parameters():
    lead = LeadFactory()

    assert Lead.objects.filter(pk__any_of=range(lead.pk + 200_000)).get() == lead
