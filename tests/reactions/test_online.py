import pytest
import time_machine
from tests.factories import NOW, LeadFactory, RecipientFactory

from winback.core.tokens import sign
from winback.mailings.models import VersionContent
from winback.reactions.models import Hit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailed():
    row = RecipientFactory(lead=LeadFactory(contact_name="Anna Lysenko"))
    row.mailing.from_address = "shop@winback.example"
    row.mailing.save()
    version = row.mailing.versions.create()
    VersionContent.objects.create(
        version=version,
        subject="It is back",
        body="Dear {{ lead.contact_name }}, [see](https://shop.example/)",
    )
    return row


def test_view_online_shows_the_persons_mail_and_counts_nothing(client, mailed):
    response = client.get(f"/v/{sign('view', mailed.pk)}/")

    assert "<title></title>" not in response.content.decode()
    assert "<title>" in response.content.decode()

    assert response.status_code == 200
    assert "Anna Lysenko" in response.content.decode()
    assert "/t/o/" not in response.content.decode()
    assert "script-src" not in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert Hit.objects.count() == 0


@pytest.mark.parametrize(
    "token",
    ["x", sign("open", 1), sign("view", 987654)],
    ids=["no token", "of another kind", "of nobody"],
)
def test_view_online_of_a_forged_token_shows_no_mail(client, mailed, token):
    assert client.get(f"/v/{token}/").status_code == 404


def test_view_online_of_a_mail_that_was_never_sent_shows_nothing(client, mailed):
    type(mailed).objects.filter(pk=mailed.pk).update(fate="failed", sent_at=None)

    assert client.get(f"/v/{sign('view', mailed.pk)}/").status_code == 404


@pytest.mark.parametrize(
    ("fate", "sent"), [("handing_over", False), ("uncertain", False), ("sent", True)]
)
def test_view_online_of_a_mail_that_may_have_arrived_is_shown(
    client, mailed, fate, sent
):
    """A mail is read before its row is written as sent; of others nobody knows."""
    sent_at = NOW if sent else None
    type(mailed).objects.filter(pk=mailed.pk).update(fate=fate, sent_at=sent_at)

    assert client.get(f"/v/{sign('view', mailed.pk)}/").status_code == 200


def test_view_online_is_kept_out_of_searches_and_says_nothing_of_where_from(
    client, mailed
):
    response = client.get(f"/v/{sign('view', mailed.pk)}/")

    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store, private"


def test_view_online_is_in_the_language_that_was_sent(client, mailed):
    VersionContent.objects.create(
        version=mailed.mailing.versions.get(),
        language="fa",
        subject="چراغ برگشت",
        body="سلام {{ lead.contact_name }}",
    )
    type(mailed).objects.filter(pk=mailed.pk).update(language="fa")

    text = client.get(f"/v/{sign('view', mailed.pk)}/").content.decode()

    assert '<html lang="fa" dir="rtl">' in text
    assert "<title>چراغ برگشت</title>" in text


def test_view_online_works_for_years(client, mailed):
    token = sign("view", mailed.pk)

    with time_machine.travel(NOW.replace(year=NOW.year + 5)):
        assert client.get(f"/v/{token}/").status_code == 200


def test_view_online_of_a_person_without_a_name_left_is_a_general_one(client, mailed):
    lead = mailed.lead
    lead.contact_name = ""
    lead.save(update_fields=["contact_name"])

    text = client.get(f"/v/{sign('view', mailed.pk)}/").content.decode()

    assert "Dear ," in text
    assert "Anna" not in text


def test_view_online_answers_reading_methods_only(client, mailed):
    assert client.post(f"/v/{sign('view', mailed.pk)}/").status_code == 405
