import pytest
import time_machine
from django.urls import reverse
from tests.factories import NOW, LeadFactory, RecipientFactory, UserFactory
from tests.reactions import mails

from winback.consent.models import BlacklistEntry
from winback.core.tokens import sign
from winback.mailings.models import VersionContent
from winback.reactions.models import Hit, InboundMessage
from winback.reactions.services import inbound

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    user = UserFactory(role="marketing_user")
    client.force_login(user)
    return user


def unknown(raw=None, number=1):
    raw = raw or mails.reply(f"Hm <b>{number}</b>", message_id=f"<{number}@x>")
    stored = inbound.store_message(
        raw, envelope_from="ann@example.org", envelope_to="", now=NOW
    )
    inbound.process_message(stored.pk, now=NOW)
    stored.refresh_from_db()
    assert stored.handled_at is None
    return stored


def test_inbox_shows_what_waits_and_nothing_else(client, member):
    waiting = unknown()
    other = unknown(number=2)
    InboundMessage.objects.filter(pk=other.pk).update(handled_at=NOW)

    page = client.get("/inbox/").content.decode()

    assert reverse("reactions:message", args=[waiting.pk]) in page
    assert reverse("reactions:message", args=[other.pk]) not in page


def test_message_shows_its_text_escaped_and_its_source(client, member):
    waiting = unknown()

    page = client.get(f"/inbox/{waiting.pk}/").content.decode()
    source = client.get(f"/inbox/{waiting.pk}/source/")

    assert "Hm &lt;b&gt;1&lt;/b&gt;" in page
    assert source.content == bytes(waiting.raw)
    assert source["Content-Type"] == "application/octet-stream"


def test_settling_as_a_reply_has_the_effects_of_one(client, member):
    waiting = unknown()
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))

    client.post(
        f"/inbox/{waiting.pk}/settle/",
        {"kind": "reply", "address": "Ann@Example.org"},
    )

    row.refresh_from_db()
    waiting.refresh_from_db()
    assert row.replied_at == waiting.received_at
    assert (waiting.kind, waiting.recipient) == ("reply", row)
    assert waiting.handled_at is not None


def test_settling_as_a_complaint_blacklists(client, member):
    waiting = unknown()
    RecipientFactory(lead=LeadFactory(email="ann@example.org"))

    client.post(
        f"/inbox/{waiting.pk}/settle/",
        {"kind": "complaint", "address": "ann@example.org"},
    )

    assert BlacklistEntry.objects.get().address == "ann@example.org"


def test_putting_away_changes_nothing_but_the_inbox(client, member):
    waiting = unknown()

    client.post(f"/inbox/{waiting.pk}/settle/", {"kind": ""})

    waiting.refresh_from_db()
    assert (waiting.kind, waiting.recipient) == ("unknown", None)
    assert waiting.handled_at is not None
    assert BlacklistEntry.objects.count() == 0


@pytest.mark.parametrize("kind", ["reply", "nonsense"])
def test_settling_without_a_mail_of_ours_leaves_it_waiting(client, member, kind):
    waiting = unknown()

    response = client.post(
        f"/inbox/{waiting.pk}/settle/", {"kind": kind, "address": "who@example.org"}
    )

    waiting.refresh_from_db()
    assert response.status_code in (302, 404)
    assert waiting.handled_at is None


@pytest.mark.parametrize("rows", [1, 3])
def test_inbox_takes_the_same_queries_for_any_number_of_rows(
    client, member, rows, django_assert_num_queries
):
    for number in range(rows):
        unknown(number=number)

    with django_assert_num_queries(4):  # session, user, rows, count
        client.get("/inbox/")


def test_inbox_is_for_people_with_the_right(client):
    waiting = unknown()
    client.force_login(UserFactory(role="sales_user"))

    for path in ("", f"{waiting.pk}/", f"{waiting.pk}/source/"):
        assert client.get(f"/inbox/{path}").status_code == 404
    assert client.post(f"/inbox/{waiting.pk}/settle/", {"kind": ""}).status_code == 404
    waiting.refresh_from_db()
    assert waiting.handled_at is None
    client.force_login(UserFactory(role="marketing_user"))
    assert client.get(f"/inbox/{waiting.pk}/settle/").status_code == 405


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
