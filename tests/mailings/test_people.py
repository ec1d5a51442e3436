from __future__ import annotations

import pytest

from tests.factories import NOW, LeadFactory, UserFactory
from winback.crm.models import Product
from winback.mailings import services
from winback.mailings.people import find_people, hard_cases, neighbours
from winback.segments.rules import RuleTreeError

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing():
    return services.create_mailing({"subject": "Hi"}, by=UserFactory(), now=NOW)


def cases(mailing, *used):
    found = hard_cases(mailing, frozenset(used), now=NOW)
    return {case.key: case.lead.contact_name for case in found}


def test_hard_cases_are_the_hardest_of_the_audience(mailing):
    lamp = Product.objects.create(name="Lamp")
    LeadFactory(contact_name="Ann", company="A", product=lamp, city="Kyiv")
    LeadFactory(contact_name="Wolfeschlegelstein", company="B", product=lamp)
    LeadFactory(contact_name="شیرین", company="Very long company", product=lamp)
    longest = "bob.of.the.longest.address@example.org"
    LeadFactory(contact_name="Bob", expected_revenue=9, email=longest)
    LeadFactory(contact_name="", product=lamp)
    LeadFactory(contact_name="Blacklisted with the longest name", blacklisted=True)

    found = cases(mailing, "lead.company", "lead.city", "lead.product.name")

    assert found == {
        "longest_name": "Wolfeschlegelstein",
        "no_name": "",
        "least_known": "Bob",
        "right_to_left": "شیرین",
        "longest_company": "شیرین",
        "no_product": "Bob",
        "largest_amount": "Bob",
        "longest_address": "Bob",
    }


def test_hard_cases_right_to_left_is_also_known_by_the_language(mailing):
    LeadFactory(contact_name="Ann")
    LeadFactory(contact_name="Shirin", language="fa")

    assert cases(mailing)["right_to_left"] == "Shirin"


def test_hard_cases_that_nobody_is_are_left_out(mailing):
    LeadFactory(contact_name="Ann", product=Product.objects.create(name="Lamp"))

    assert cases(mailing) == {"longest_name": "Ann", "longest_address": "Ann"}


@pytest.mark.parametrize("count", [1, 3])
def test_hard_cases_take_one_query_each(mailing, count, django_assert_num_queries):
    LeadFactory.create_batch(count)

    with django_assert_num_queries(7):  # no fields are used, so nobody lacks any
        cases(mailing)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ann", ["Ann Li", "Joanna"]),
        ("ANN li", ["Ann Li"]),
        ("lamps", ["Joanna"]),
        ("jo@", ["Joanna"]),
        ("оле", ["Олена"]),
        ("nobody", []),
        ("  ", []),
        ("%", []),
    ],
)
def test_find_people_by_name_company_and_address(mailing, text, names):
    LeadFactory(contact_name="Ann Li", email="x1@example.org")
    LeadFactory(contact_name="Joanna", company="Lamps", email="jo@example.org")
    LeadFactory(contact_name="Олена", email="x2@example.org")
    LeadFactory(contact_name="Ann Gone", blacklisted=True)

    found = find_people(mailing, text, now=NOW)

    assert [lead.contact_name for lead in found] == names


def test_find_people_shows_a_handful(mailing):
    LeadFactory.create_batch(12, contact_name="Ann")

    assert len(find_people(mailing, "ann", now=NOW)) == 8


def test_broken_rules_are_told(mailing):
    mailing.rules = {"field": "nothing", "op": "set"}

    assert neighbours(mailing, None, now=NOW).is_broken
    with pytest.raises(RuleTreeError):
        find_people(mailing, "ann", now=NOW)
