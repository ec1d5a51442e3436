"""Providers tell what became of our mails, through Anymail's own views."""

import base64
import json
import logging
from datetime import timedelta

import pytest
from tests.factories import NOW, LeadFactory, RecipientFactory, TrackedLinkFactory
from tests.own_addresses import message_id, reply_address
from tests.reactions import mails, provider_calls
from tests.reactions.provider_calls import (
    EVERY,
    KINDS,
    MAKERS,
    SECRET,
    SIGNING_KEY,
    body_of,
    post,
)

from winback.consent.models import BlacklistEntry, OptOut
from winback.core.provider_config import ProviderSettings
from winback.crm.models import Task
from winback.delivery.models import ProviderMail
from winback.mailings.models import Recipient, VersionContent
from winback.reactions import webhooks
from winback.reactions.models import Hit, InboundMessage, MessageEffect
from winback.reactions.services.inbound import process_waiting_messages
from winback.reactions.views import webhooks as views

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _set_up(settings, monkeypatch):
    settings.ANYMAIL = ProviderSettings(
        {
            "WEBHOOK_SECRET": SECRET,
            "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY,
            "BREVO_API_KEY": "x",
            "RESEND_API_KEY": "x",
        }
    )
    monkeypatch.setattr(views, "wake_reader", lambda: None)


@pytest.fixture
def recipient():
    return RecipientFactory(lead=LeadFactory(email="ann@example.org"))


def mail_of(recipient, *, number=None):
    """How providers name the mail: by what we took along, or by their own id."""
    provider_id = f"provider-{recipient.pk}"
    return {
        "address": recipient.address,
        "number": str(number or recipient.pk),
        "message_id": message_id(recipient.pk),
        "provider_id": provider_id,
        "mailjet_id": 19421777835146490 + recipient.pk,
    }


def read_all():
    process_waiting_messages(now=LATER)


def state_of(recipient):
    recipient.refresh_from_db()
    return {
        "bounced": recipient.bounce_kind,
        "complained": bool(recipient.complained_at),
        "unsubscribed": bool(recipient.unsubscribed_at),
        "hits": list(Hit.objects.values_list("kind", flat=True)),
        "blacklist": list(BlacklistEntry.objects.values_list("reason", flat=True)),
        "opted_out": OptOut.objects.count(),
    }


NOTHING = {
    "bounced": "",
    "complained": False,
    "unsubscribed": False,
    "hits": [],
    "blacklist": [],
    "opted_out": 0,
}
FOLLOWS = {
    "delivered": {},
    "deferred": {},
    "bounced": {"bounced": "hard", "blacklist": ["hard_bounce"]},
    "complained": {"complained": True, "blacklist": ["complaint"]},
    "unsubscribed": {"unsubscribed": True, "opted_out": 1},
    "opened": {"hits": ["open"]},
    "clicked": {"hits": ["click"]},
}


@pytest.mark.parametrize(("provider", "kind"), EVERY)
def test_news_have_their_effects_once(client, recipient, provider, kind):
    body = body_of(provider, kind, mail_of(recipient))

    assert post(client, provider, body).status_code == 200
    assert post(client, provider, body).status_code == 200  # told again
    read_all()
    assert post(client, provider, body).status_code == 200
    read_all()

    message = InboundMessage.objects.get()
    assert (message.source, message.recipient) == ("event", recipient)
    assert message.handled_at == LATER
    assert state_of(recipient) == NOTHING | FOLLOWS[kind]


def test_news_of_delivery_settle_an_uncertain_mail_once(client, recipient):
    Recipient.objects.filter(pk=recipient.pk).update(fate="uncertain", sent_at=None)
    body = body_of("postmark", "delivered", mail_of(recipient))

    for _ in range(2):
        assert post(client, "postmark", body).status_code == 200
        read_all()

    recipient.refresh_from_db()
    assert (recipient.fate, recipient.sent_at) == ("sent", provider_calls.AT)
    assert MessageEffect.objects.get().kind == "arrived"


@pytest.mark.parametrize("provider", list(MAKERS))
def test_forged_calls_leave_no_trace_but_a_line_in_the_log(
    client, recipient, provider, caplog
):
    kinds = sorted(KINDS[provider])
    with caplog.at_level(logging.WARNING):
        answers = [
            post(client, provider, body_of(provider, kind, mail), secret="hook:guess")
            for mail in [mail_of(recipient)]
            for kind in kinds
        ]

    assert {answer.status_code for answer in answers} == {400}
    assert InboundMessage.objects.count() == 0
    assert state_of(recipient) == NOTHING
    lines = [record for record in caplog.records if "webhooks" in record.name]
    assert len(lines) == len(kinds)
    words = f"Webhook of {provider} refused:"
    assert all(line.getMessage().startswith(words) for line in lines)


def test_a_signature_by_another_key_is_refused(client, recipient, settings):
    settings.ANYMAIL = ProviderSettings({"MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY})
    body = body_of("mailgun", "bounced", mail_of(recipient))
    assert post(client, "mailgun", body, secret="").status_code == 200

    body["signature"] = provider_calls.mailgun_signature("t", key="another")
    assert post(client, "mailgun", body, secret="").status_code == 400

    assert InboundMessage.objects.count() == 1


def test_mailguns_second_try_with_a_new_signature_counts_once(client, recipient):
    body = body_of("mailgun", "complained", mail_of(recipient))
    post(client, "mailgun", body)
    body["signature"] = provider_calls.mailgun_signature("another-token")

    post(client, "mailgun", body)

    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("name", ["mailgun", "postmark", "nobody", "../x"])
def test_a_provider_that_is_not_set_up_has_no_address(client, name, settings):
    settings.ANYMAIL = ProviderSettings({})

    assert client.post(f"/hooks/{name}/tracking/", {}).status_code == 404
    assert client.post(f"/hooks/{name}/other/", {}).status_code == 404


UNREADABLE = ["", "[]", "{", "null", "7", '{"event": 7}', '[{"msys": 1}]', "\x00"]


@pytest.mark.parametrize("provider", list(MAKERS))
def test_what_cannot_be_read_is_refused_and_not_kept(client, provider):
    secret = base64.b64encode(SECRET.encode()).decode()

    codes = [
        client.post(
            f"/hooks/{provider}/tracking/",
            body,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Basic {secret}",
        ).status_code
        for body in UNREADABLE
    ]

    # Empty lists of events are no fault; a record of no known kind is kept calmly.
    assert set(codes) <= {200, 400}
    assert codes.count(400) >= 5
    read_all()
    assert InboundMessage.objects.exclude(kind="unknown").count() == 0


def test_news_that_cannot_be_stored_are_to_be_told_again(
    client, recipient, monkeypatch
):
    def broken(*_args, **_kwargs):
        raise RuntimeError("database away")

    monkeypatch.setattr(webhooks, "store_message", broken)
    client.raise_request_exception = False

    body = body_of("postmark", "bounced", mail_of(recipient))
    assert post(client, "postmark", body).status_code == 500


@pytest.mark.parametrize("provider", ["mailgun", "postmark", "sparkpost"])
def test_news_of_unknown_mails_are_kept_calmly(client, recipient, provider):
    mail = mail_of(recipient) | {
        "number": "",
        "message_id": "<somebody-elses@elsewhere.example>",
        "provider_id": "unheard-of",
    }

    assert post(client, provider, body_of(provider, "bounced", mail)).status_code == 200
    read_all()

    message = InboundMessage.objects.get()
    assert (message.recipient, message.handled_at) == (None, LATER)
    assert state_of(recipient) == NOTHING


def test_a_number_of_another_installation_reaches_nobody_here(client, recipient):
    mail = mail_of(recipient) | {"address": "stranger@elsewhere.example"}
    mail |= {"provider_id": "unheard-of"}

    post(client, "postmark", body_of("postmark", "complained", mail))
    read_all()

    assert InboundMessage.objects.get().recipient is None
    assert state_of(recipient) == NOTHING


def test_news_without_our_number_are_matched_by_the_providers_id(client, recipient):
    mail = mail_of(recipient) | {"number": ""}
    ProviderMail.objects.create(recipient=recipient, provider_id=mail["provider_id"])

    post(client, "postmark", body_of("postmark", "complained", mail))
    read_all()

    assert InboundMessage.objects.get().recipient == recipient


def test_news_without_our_number_are_matched_by_our_message_id(client, recipient):
    mail = mail_of(recipient) | {"number": ""}

    post(client, "mailgun", body_of("mailgun", "complained", mail))
    read_all()

    assert InboundMessage.objects.get().recipient == recipient


@pytest.mark.parametrize(
    ("provider", "change"),
    [
        ("brevo", {"event": "soft_bounce", "reason": "452 4.2.2 mailbox full"}),
        ("postmark", {"Type": "SoftBounce", "Details": "452 4.2.2 mailbox full"}),
        ("postmark", {"Type": "HardBounce", "Details": "552 5.2.2 mailbox full"}),
    ],
)
def test_soft_bounces_and_full_mailboxes_blacklist_nobody(
    client, recipient, provider, change
):
    body = body_of(provider, "bounced", mail_of(recipient)) | change

    post(client, provider, body)
    read_all()

    assert state_of(recipient) == NOTHING | {"bounced": "soft"}


def test_what_a_provider_will_not_send_any_more_is_what_its_reason_says(
    client, recipient
):
    body = body_of("sendgrid", "bounced", mail_of(recipient))
    body[0] |= {"event": "dropped", "type": "Unsubscribed Address"}

    post(client, "sendgrid", body)
    read_all()

    assert state_of(recipient) == NOTHING | FOLLOWS["unsubscribed"]


def test_a_click_names_its_link(client, recipient):
    version = recipient.mailing.versions.create()
    content = VersionContent.objects.create(version=version)
    TrackedLinkFactory(content=content, url="https://shop.example/other")
    link = TrackedLinkFactory(content=content)

    post(client, "sparkpost", body_of("sparkpost", "clicked", mail_of(recipient)))
    read_all()

    hit = Hit.objects.get()
    assert (hit.link, hit.at, hit.rules_version) == (link, provider_calls.AT, 0)


def test_a_providers_clock_that_is_ahead_dates_nothing_into_the_future(
    client, recipient
):
    body = body_of("mailjet", "complained", mail_of(recipient))
    body[0]["time"] += 10**9

    post(client, "mailjet", body)
    stored_at = InboundMessage.objects.get().received_at
    read_all()

    recipient.refresh_from_db()
    assert recipient.complained_at == stored_at


def test_a_provider_may_ask_whether_the_address_is_there(client):
    assert client.head("/hooks/postmark/tracking/").status_code == 200
    assert client.get("/hooks/postmark/tracking/").status_code == 405


# ----------------------------------------------------------- messages, not news


def postmark_message(recipient):
    return {
        "FromFull": {"Email": "ann@example.org", "Name": "Ann"},
        "RawEmail": mails.reply().decode(),
        "MessageID": "inbound-1",
        "OriginalRecipient": reply_address(recipient.pk),
        "Headers": [
            {"Name": "Return-Path", "Value": "<ann@example.org>"},
        ],
    }


def test_a_reply_through_a_provider_is_a_reply(client, recipient):
    body = postmark_message(recipient)

    for _time in range(2):
        answer = post(client, "postmark", body, way="inbound")
        assert answer.status_code == 200
    read_all()

    message = InboundMessage.objects.get()
    assert (message.source, message.provider) == ("webhook", "Postmark")
    assert (message.kind, message.recipient) == ("reply", recipient)
    assert b"Yes, still interested!" in bytes(message.raw)
    assert Task.objects.count() == 1


def test_a_message_in_parts_counts_once_although_its_boundaries_differ(
    client, recipient
):
    body = {
        "Headers": {
            "From": "Ann <ann@example.org>",
            "To": reply_address(recipient.pk),
            "Subject": "Re: It is back",
            "Message-ID": "<parts@customer.example>",
        },
        "Text-part": "Yes!",
        "Html-part": "<p>Yes!</p>",
        "Sender": "ann@example.org",
        "Recipient": reply_address(recipient.pk),
        "Parts": [],
    }

    for _time in range(2):
        post(client, "mailjet", body, way="inbound")
        read_all()

    assert Task.objects.count() == 1
    kinds = InboundMessage.objects.order_by("pk").values_list("kind", "reason")
    assert [reason for _kind, reason in kinds] in (["", "duplicate"], [""])


def test_a_forged_message_is_not_kept(client, recipient):
    body = postmark_message(recipient)

    answer = post(client, "postmark", body, way="inbound", secret="hook:x")

    assert answer.status_code == 400
    assert InboundMessage.objects.count() == 0


def test_stored_news_hold_what_was_told(client, recipient):
    body = body_of("postmark", "bounced", mail_of(recipient))
    post(client, "postmark", body)

    told = json.loads(bytes(InboundMessage.objects.get().raw))

    assert told["raw"] == body
    assert told["response"] == provider_calls.DEAD


def test_a_reply_with_large_attachments_is_kept(client, recipient):
    to = reply_address(recipient.pk)

    answer = _large_reply(client, to, megabytes=9)

    assert answer.status_code == 200
    read_all()
    message = InboundMessage.objects.get()
    assert (message.kind, message.recipient) == ("reply", recipient)


def test_a_call_that_is_larger_than_any_mail_is_refused(client, recipient, monkeypatch):
    monkeypatch.setattr(webhooks, "MAX_CALL_BYTES", 900_000)

    answer = _large_reply(client, reply_address(recipient.pk), megabytes=1)

    assert answer.status_code == 400
    assert InboundMessage.objects.count() == 0


def _large_reply(client, to, *, megabytes):
    """Postmark puts the whole message into one JSON."""
    content = "A" * (megabytes * 1_000_000)
    body = {
        "OriginalRecipient": to,
        "ToFull": [{"Email": to, "Name": ""}],
        "FromFull": {"Email": "ann@example.org", "Name": "Ann"},
        "MessageID": "inbound-2",
        "TextBody": "Yes, please.",
        "Headers": [],
        "Attachments": [
            {"Name": "a.png", "Content": content, "ContentType": "image/png"}
        ],
    }
    return post(client, "postmark", body, way="inbound")
