import dataclasses
import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from tests.factories import NOW, LeadFactory, RecipientFactory, UserFactory
from tests.own_addresses import reply_address, verp_address
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.consent.models import BlacklistEntry
from winback.core.imap_config import parse_imap_url
from winback.core.models import AuditEntry
from winback.crm.models import Lead, Task
from winback.reactions import forms
from winback.reactions.imap.faults import Fault
from winback.reactions.models import InboundMessage, MailFolder
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

    with django_assert_num_queries(5):  # session, user, rows, count, unread
        client.get("/inbox/")
    with django_assert_num_queries(5):
        client.get("/inbox/?show=all")


def test_inbox_is_for_people_with_the_right(client):
    waiting = unknown()
    client.force_login(UserFactory(role="sales_user"))

    for path in ("", f"{waiting.pk}/", f"{waiting.pk}/source/"):
        assert client.get(f"/inbox/{path}").status_code == 404
    for path in (f"{waiting.pk}/settle/", f"{waiting.pk}/reopen/", "take-in/"):
        assert client.post(f"/inbox/{path}", {"kind": ""}).status_code == 404
    waiting.refresh_from_db()
    assert waiting.handled_at is None
    client.force_login(UserFactory(role="marketing_user"))
    assert client.get(f"/inbox/{waiting.pk}/settle/").status_code == 405


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("", ["unknown"]),
        ("all", ["unknown", "reply", "bounce"]),
        ("reply", ["reply"]),
        ("bounce", ["bounce"]),
        ("unknown", ["unknown"]),
        ("news", ["news"]),
        ("complaint", []),
        ("nonsense", ["unknown"]),
    ],
)
def test_inbox_shows_the_messages_that_are_asked_for(client, member, show, shown):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    found = {
        "unknown": receive(b"", ""),
        "reply": receive(mails.reply(), reply_address(row.pk)),
        "bounce": receive(mails.bounce(), verp_address(row.pk)),
        "news": InboundMessage.objects.create(
            content_hash="1",
            source="event",
            raw=b"{}",
            received_at=NOW,
            processed_at=NOW,
            handled_at=NOW,
        ),
    }

    page = client.get("/inbox/", {"show": show}).content.decode()

    links = {
        name: reverse("reactions:message", args=[found[name].pk]) for name in found
    }
    assert [name for name in found if links[name] in page] == [
        name for name in found if name in shown
    ]


def test_inbox_tells_of_messages_that_are_being_read(client, member):
    assert "right now" not in client.get("/inbox/").content.decode()
    inbound.store_message(b"x", envelope_from="", envelope_to="", now=NOW)

    page = client.get("/inbox/").content.decode()

    assert "1 message is being read right now." in page


def test_a_soft_bounce_that_nobody_could_match_is_settled_as_one(client, member):
    raw = mails.bounce(status="4.2.2", words="452 4.2.2 mailbox full")
    waiting = receive(raw, "")
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    page = client.get(f"/inbox/{waiting.pk}/").content.decode()
    assert "A bounce for the time being" in page

    client.post(
        f"/inbox/{waiting.pk}/settle/", {"kind": "bounce", "target": f"r{row.pk}"}
    )

    row.refresh_from_db()
    assert (row.bounce_kind, BlacklistEntry.objects.count()) == ("soft", 0)


# --------------------------------------------------------------- taking one in


def upload(raw, name="mail.eml"):
    return SimpleUploadedFile(name, raw, content_type="message/rfc822")


def test_a_file_is_taken_in_as_if_it_had_arrived(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    raw = b"Delivered-To: " + reply_address(row.pk).encode() + b"\r\n" + mails.reply()

    answer = client.post("/inbox/take-in/", {"file": upload(raw)})

    message = InboundMessage.objects.get()
    assert answer["Location"] == reverse("reactions:message", args=[message.pk])
    assert (message.source, message.recipient, message.kind) == ("file", row, "reply")
    assert bytes(message.raw) == raw
    assert Task.objects.count() == 1


def test_a_pasted_text_is_taken_in_once(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    text = f"\n\nDelivered-To: {verp_address(row.pk)}\n" + mails.bounce().decode()

    first = client.post("/inbox/take-in/", {"text": text})
    again = client.post("/inbox/take-in/", {"text": text})

    message = InboundMessage.objects.get()
    assert (message.recipient, message.bounce_kind) == (row, "hard")
    assert first["Location"] == again["Location"]


def test_the_same_message_in_another_form_counts_once(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    to = reply_address(row.pk)
    receive(mails.reply(), to)
    raw = b"Delivered-To: " + to.encode() + b"\r\n" + mails.reply()

    client.post("/inbox/take-in/", {"file": upload(raw)})

    assert Task.objects.count() == 1
    assert InboundMessage.objects.order_by("pk").last().reason == "duplicate"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a file, or paste a message."),
        ({"text": "  \n "}, "Choose a file, or paste a message."),
        ({"text": "Hello, this is a text."}, "This is not the source of a message"),
        ({"text": "From: x", "file": True}, "Give either a file or a text"),
        ({"file": b""}, "The submitted file is empty."),
        ({"file": b"\xff\xd8\xff\xe0 a picture"}, "This is not the source"),
    ],
)
def test_what_is_no_message_is_told_and_not_kept(client, member, given, words):
    data = dict(given)
    if "file" in data:
        data["file"] = upload(mails.reply() if data["file"] is True else data["file"])

    answer = client.post("/inbox/take-in/", data)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert InboundMessage.objects.count() == 0


def test_a_file_that_is_too_large_is_told_and_not_kept(client, member, monkeypatch):
    monkeypatch.setattr(forms, "MAX_FILE_BYTES", 100)

    answer = client.post("/inbox/take-in/", {"file": upload(mails.reply())})

    assert answer.status_code == 422
    assert "The file is larger than 20 MB." in answer.content.decode()
    assert InboundMessage.objects.count() == 0


# ------------------------------------------------------------- saying what it is


def test_a_message_can_be_about_a_lead_that_was_never_mailed(client, member):
    waiting = unknown()
    lead = LeadFactory(
        email="ann@example.org", status="lost", active=False, lost_at=NOW
    )
    page = client.get(f"/inbox/{waiting.pk}/").content.decode()
    assert f'value="l{lead.pk}"' in page

    client.post(
        f"/inbox/{waiting.pk}/settle/", {"kind": "reply", "target": f"l{lead.pk}"}
    )

    waiting.refresh_from_db()
    assert (waiting.lead, waiting.recipient, waiting.kind) == (lead, None, "reply")
    assert Lead.objects.get().status == "open"
    assert Task.objects.get().lead == lead
    entry = AuditEntry.objects.get(action="inbox.settle")
    assert (entry.actor, entry.details["address"]) == (member, "ann@example.org")


@pytest.mark.parametrize("kind", ["complaint", "bounce"])
def test_of_a_lead_that_was_never_mailed_the_address_is_blacklisted(
    client, member, kind
):
    waiting = unknown()
    lead = LeadFactory(email="ann@example.org")

    client.post(f"/inbox/{waiting.pk}/settle/", {"kind": kind, "target": f"l{lead.pk}"})

    assert BlacklistEntry.objects.get().address == "ann@example.org"


def test_another_address_can_be_looked_for(client, member):
    waiting = unknown()
    row = RecipientFactory(lead=LeadFactory(email="bob@example.org"))

    page = client.get(f"/inbox/{waiting.pk}/", {"who": "Bob@example.org"})

    assert f'value="r{row.pk}"' in page.content.decode()


def test_two_people_settle_a_message_once(client, member):
    waiting = unknown()
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    data = {"kind": "reply", "target": f"r{row.pk}"}

    client.post(f"/inbox/{waiting.pk}/settle/", data)
    client.post(f"/inbox/{waiting.pk}/settle/", data | {"kind": "complaint"})

    assert BlacklistEntry.objects.count() == 0
    assert Task.objects.count() == 1


# ------------------------------------------------------------------ undoing


def test_what_followed_is_shown_and_undone_on_the_page(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    message = receive(mails.reply(), reply_address(row.pk))
    effect = message.effects.get(kind="task")
    page = client.get(f"/inbox/{message.pk}/").content.decode()
    assert reverse("reactions:effect-undo", args=[effect.pk]) in page

    client.post(f"/inbox/effects/{effect.pk}/undo/")

    assert Task.objects.count() == 0
    effect.refresh_from_db()
    assert effect.undone_by == member
    page = client.get(f"/inbox/{message.pk}/").content.decode()
    assert reverse("reactions:effect-undo", args=[effect.pk]) not in page


def test_a_message_is_decided_anew(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    message = receive(mails.reply(), reply_address(row.pk))

    client.post(f"/inbox/{message.pk}/reopen/")
    client.post(
        f"/inbox/{message.pk}/settle/", {"kind": "complaint", "target": f"r{row.pk}"}
    )

    row.refresh_from_db()
    assert (row.replied_at, row.complained_at) == (None, message.received_at)
    assert BlacklistEntry.objects.get().reason == "complaint"


def test_lifting_from_the_blacklist_needs_its_right_here_as_well(client, member):
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    message = receive(mails.bounce(), verp_address(row.pk))
    effect = message.effects.get(kind="blacklisted")
    undo = reverse("reactions:effect-undo", args=[effect.pk])
    assert undo not in client.get(f"/inbox/{message.pk}/").content.decode()

    assert client.post(undo).status_code == 404
    assert client.post(f"/inbox/{message.pk}/reopen/").status_code == 404
    assert BlacklistEntry.objects.count() == 1

    client.force_login(UserFactory(role="marketing_manager"))
    assert client.post(undo).status_code == 302
    assert BlacklistEntry.objects.count() == 0


def test_what_is_past_its_time_is_not_given_out(client, member):
    waiting = unknown()
    InboundMessage.objects.update(forgotten_at=NOW, raw=b"", handled_at=NOW)

    assert client.get(f"/inbox/{waiting.pk}/source/").status_code == 404
    page = client.get(f"/inbox/{waiting.pk}/").content.decode()
    assert "past its retention time" in page


@pytest.mark.parametrize("language", ["en", "uk", "fa"])
def test_a_mailbox_that_cannot_be_read_is_told(client, member, language, settings):
    box = parse_imap_url("imaps://shop:word@mail.example/INBOX")
    settings.CONFIG = dataclasses.replace(settings.CONFIG, inbound_imap=(box,))
    MailFolder.objects.create(
        key=box.key, fault="login", fault_details="No <b>", failed_since=NOW
    )
    type(member).objects.update(language=language)

    page = client.get("/inbox/").content.decode()

    assert box.key in page
    assert "No &lt;b&gt;" in page
    assert "word@" not in page
    with translation.override(language):
        assert str(Fault.LOGIN.label) in html.unescape(page)
