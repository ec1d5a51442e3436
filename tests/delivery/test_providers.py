"""A run hands over to a provider's API as it does to a mail server."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP

import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.provider_script import (
    NAMES,
    Asked,
    ProviderServer,
    Said,
    configure,
)
from tests.delivery.providing import no, work
from tests.factories import LeadFactory, UserFactory
from tests.own_addresses import message_id
from winback.core.provider_config import ProviderSettings
from winback.delivery.compose.letters import Addressee, Letters
from winback.delivery.engine.journal import Journal, JournalError
from winback.delivery.models import ProviderMail
from winback.delivery.senders import senders
from winback.delivery.services.testing import TestNotSentError, send_test
from winback.delivery.smtp.servers import ServerUrlError
from winback.mailings.models import Mailing, Recipient

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


@pytest.mark.parametrize("name", NAMES)
def test_work_everybody_is_sent_to_once_by_any_provider(
    sending: Sending, provider: ProviderServer
) -> None:
    mailing = sending(30)

    assert work(mailing) == 30

    assert (mailing.state, mailing.state_reason) == ("sent", "")
    assert fates(mailing) == {"sent": 30}
    recipients = [asked.recipient for asked in provider.taken]
    assert sorted(recipients) == sorted(
        mailing.recipients.values_list("address", flat=True)
    )
    numbers = {asked.recipient: int(asked.number) for asked in provider.taken}
    assert numbers == dict(mailing.recipients.values_list("address", "pk"))
    assert 1 <= provider.connections <= 3  # requests share them


@pytest.mark.parametrize("name", NAMES)
def test_work_mail_says_what_its_bytes_say(
    sending: Sending, provider: ProviderServer
) -> None:
    lead = LeadFactory(
        contact_name='Оля "К", <x@y>', email="olha@example.com", language="uk"
    )
    mailing = sending(0, from_name="Крамниця, Shop", reply_to="reply@winback.example")
    row = Recipient.objects.select_related("lead").get(lead=lead)
    mail = Letters.of(mailing).compose(Addressee.of(row), now=NOW)

    work(mailing)

    (asked,) = provider.taken
    parsed = message_from_bytes(mail.content, policy=SMTP)
    for kind, body in (("plain", asked.text), ("html", asked.html)):
        ours = parsed.get_body((kind,)).get_content()
        assert body.splitlines() == ours.splitlines()
    assert (asked.recipient, asked.subject) == ("olha@example.com", "Знову є")
    sender = str(make_header(decode_header(asked.sender)))  # Brevo wants it encoded
    assert "Крамниця, Shop" in sender
    assert "<shop@winback.example>" in asked.sender
    assert "reply@winback.example" in asked.reply_to
    sent = {field.lower(): value for field, value in asked.headers.items()}
    assert sent["message-id"] == message_id(row.pk)
    assert sent["list-unsubscribe"] == re.sub(r"\r\n", "", parsed["List-Unsubscribe"])
    assert sent["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert sent["feedback-id"] == parsed["Feedback-ID"]
    assert (sent["precedence"], sent["content-language"]) == ("bulk", "uk")
    assert not {"content-type", "mime-version", "to", "subject"} & sent.keys()


@pytest.mark.parametrize(
    ("name", "path", "auth", "extras"),
    [
        (
            "mailgun",
            "/v3/winback.example/messages",
            "Basic YXBpOnNlY3JldC1rZXk=",
            {"o:tracking-opens": "no", "o:tracking-clicks": "no"},
        ),
        (
            "postmark",
            "/email",
            "secret-key",
            {"TrackOpens": False, "TrackLinks": "None"},
        ),
        (
            "sendgrid",
            "/v3/mail/send",
            "Bearer secret-key",
            {
                "tracking_settings": {
                    "click_tracking": {"enable": False},
                    "open_tracking": {"enable": False},
                }
            },
        ),
        ("brevo", "/v3/smtp/email", "secret-key", {}),
    ],
)
def test_work_tracking_is_off_where_the_provider_can_be_told(
    sending: Sending, provider: ProviderServer, path: str, auth: str, extras: dict
) -> None:
    work(sending(1))

    (asked,) = provider.taken
    assert (asked.path, asked.auth) == (path, auth)
    assert asked.raw.items() >= extras.items()
    kept = {"X-PM-KeepID": "true"} if provider.name == "postmark" else {}
    assert asked.headers.items() >= kept.items()


@pytest.mark.parametrize("name", ["mailgun", "postmark", "brevo"])
def test_work_provider_id_is_kept(sending: Sending, provider: ProviderServer) -> None:
    mailing = sending(2)

    work(mailing)

    known = dict(ProviderMail.objects.values_list("recipient_id", "provider_id"))
    assert known.keys() == set(mailing.recipients.values_list("pk", flat=True))
    template = {"mailgun": "<{}@mg.test>", "postmark": "pm-{}"}.get(
        provider.name, "<{}@brevo.test>"
    )
    assert set(known.values()) == {template.format(1), template.format(2)}


def test_work_missing_setting_is_named_before_anything_is_asked(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    mailing = sending(2)
    settings.ANYMAIL = ProviderSettings({"MAILGUN_API_URL": "http://127.0.0.1:9"})

    work(mailing)

    assert fates(mailing) == {"ready": 2}
    assert mailing.state_reason == "mailgun: WINBACK_ANYMAIL_MAILGUN_API_KEY is missing"
    assert provider.asked == []


@pytest.mark.parametrize("name", ["mailgun", "brevo"])
def test_work_address_of_any_script_is_sent_or_failed_with_the_reason(
    sending: Sending, provider: ProviderServer
) -> None:
    LeadFactory(email="оля@приклад.укр")
    mailing = sending(1)

    work(mailing)

    asked = {a.recipient for a in provider.taken}
    assert len(asked) == 2
    assert asked & {"оля@xn--80aikifvh.xn--j1amh", "оля@приклад.укр"}
    assert fates(mailing) == {"sent": 2}


def test_work_bounces_come_here_where_it_is_asked_for(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "bounces=here")

    work(sending(1))

    # Mailgun is told by the domain it is asked under.
    assert provider.taken[0].path == "/v3/reply.localhost/messages"


@pytest.mark.parametrize("name", ["postmark"])
def test_work_what_the_provider_cannot_do_stops_before_the_first_mail(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "bounces=here")
    mailing = sending(3)

    work(mailing)

    assert fates(mailing) == {"ready": 3}
    assert mailing.state_reason == "Postmark does not support envelope_sender"
    assert provider.asked == []


def test_work_journal_cannot_be_written_nothing_is_asked(
    sending: Sending, provider: ProviderServer, monkeypatch
) -> None:
    mailing = sending(3)

    def full(self: Journal, **lines: object) -> None:
        raise JournalError("No space left on device")

    monkeypatch.setattr(Journal, "note", full)

    work(mailing)

    assert provider.asked == []
    assert fates(mailing) == {"ready": 3}
    assert mailing.state_reason == "No space left on device"


def test_work_line_is_in_the_journal_before_the_request(
    sending: Sending, provider: ProviderServer, monkeypatch
) -> None:
    lines: list[tuple[str, int]] = []
    note = Journal.note

    def listening(self: Journal, **given) -> None:
        note(self, **given)
        lines.extend(
            (kind, pk) for kind in ("done", "refused", "begun") for pk in given[kind]
        )

    monkeypatch.setattr(Journal, "note", listening)
    begun_when_asked: list[bool] = []

    def script(asked: Asked) -> Said | None:
        begun_when_asked.append(("begun", int(asked.number)) in lines)
        first = [a.recipient for a in provider.asked].count(asked.recipient) == 1
        return Said(500) if asked.recipient == "no@example.com" and first else None

    LeadFactory(email="no@example.com")
    mailing = sending(3)
    provider.script = script

    work(mailing)

    assert begun_when_asked == [True] * 4
    refused = mailing.recipients.get(address="no@example.com").pk
    assert [line for line in lines if line[1] == refused] == [
        ("begun", refused),
        ("refused", refused),
    ]
    assert {pk for kind, pk in lines if kind == "done"} == set(
        mailing.recipients.exclude(pk=refused).values_list("pk", flat=True)
    )


def test_work_account_refused_in_the_middle_asks_no_more(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "connections=1&timeout=5")
    mailing = sending(40)
    provider.script = lambda asked: Said(401) if len(provider.taken) == 5 else None

    assert work(mailing) == 5

    assert fates(mailing) == {"sent": 5, "ready": 35}
    assert len(provider.asked) == 6


def test_senders_demo_refuses_every_provider(
    settings, provider: ProviderServer
) -> None:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=True)

    with pytest.raises(ServerUrlError, match="demo mode"):
        senders()


@pytest.mark.parametrize("name", NAMES)
def test_send_test_goes_through_the_provider(
    sending: Sending, provider: ProviderServer
) -> None:
    mailing = sending(1)
    given = {
        "lead": mailing.recipients.get().lead,
        "language": "",
        "by": UserFactory(),
        "now": NOW,
    }

    send_test(mailing, to="me@winback.example", **given)
    provider.script = no(provider, "key")
    with pytest.raises(TestNotSentError, match=r"^401 ") as caught:
        send_test(mailing, to="me@winback.example", **given)

    (asked,) = provider.taken
    assert asked.subject.startswith("[TEST] ")
    assert (asked.recipient, asked.number) == ("me@winback.example", "")
    assert "secret-key" not in str(caught.value)


def test_send_test_without_the_settings_says_so(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    settings.ANYMAIL = ProviderSettings({})
    mailing = sending(1)

    with pytest.raises(TestNotSentError, match="WINBACK_ANYMAIL_MAILGUN_API_KEY"):
        send_test(
            mailing,
            to="me@winback.example",
            lead=mailing.recipients.get().lead,
            language="",
            by=UserFactory(),
            now=NOW,
        )
