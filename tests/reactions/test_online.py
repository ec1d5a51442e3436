import pytest
from tests.factories import LeadFactory, RecipientFactory

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


def test_view_online_answers_reading_methods_only(client, mailed):
    assert client.post(f"/v/{sign('view', mailed.pk)}/").status_code == 405
