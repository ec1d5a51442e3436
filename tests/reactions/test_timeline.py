from datetime import timedelta

import pytest
from tests.factories import NOW, MailingFactory, RecipientFactory

from winback.reactions.models import Hit
from winback.reactions.timeline import mails_and_reactions

pytestmark = pytest.mark.django_db


def unknown_hit(recipient, kind, *, after, **changes):
    fields = {"verdict": "unknown", "rules_version": 2} | changes
    at = NOW + timedelta(minutes=after)
    Hit.objects.create(recipient=recipient, kind=kind, at=at, method="GET", **fields)


def titles(lead):
    items = sorted(mails_and_reactions(lead), key=lambda item: item.at)
    return [item.title for item in items]


def test_timeline_tells_people_programs_and_what_is_unclear_apart():
    recipient = RecipientFactory(
        mailing=MailingFactory(name="Restock"),
        sent_at=NOW,
        machine_opened_at=NOW + timedelta(minutes=1),
        machine_clicked_at=NOW + timedelta(minutes=2),
        opened_at=NOW + timedelta(minutes=5),
        clicked_at=NOW + timedelta(minutes=6),
    )
    unknown_hit(recipient, "open", after=3)
    unknown_hit(recipient, "open", after=9)  # again
    unknown_hit(recipient, "click", after=4)
    unknown_hit(recipient, "click", after=1, rules_version=0)  # not judged yet
    unknown_hit(RecipientFactory(), "click", after=1)

    assert titles(recipient.lead) == [
        "Was sent “Restock”",
        "A program fetched “Restock”",
        "A program followed links of “Restock”",
        "Something unknown fetched “Restock”",
        "Something unknown followed a link of “Restock”",
        "Opened “Restock”",
        "Clicked in “Restock”",
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_timeline_takes_three_queries(count, django_assert_num_queries):
    lead = RecipientFactory().lead
    for _ in range(count):
        unknown_hit(RecipientFactory(lead=lead), "open", after=1)

    with django_assert_num_queries(3):
        assert len(titles(lead)) == 1 + 2 * count
