"""A run hands over to a provider's API as it does to a mail server."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP

import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.provider_script import (
    DRIP,
    DROP,
    NAMES,
    SILENCE,
    Asked,
    ProviderServer,
    Said,
    running_provider,
)
from tests.factories import LeadFactory, UserFactory
from tests.own_addresses import message_id
from winback.core.provider_config import ProviderSettings
from winback.delivery.compose.letters import Addressee, Letters
from winback.delivery.engine.journal import Journal, JournalError
from winback.delivery.engine.run import open_run
from winback.delivery.models import ProviderMail, ServerHold
from winback.delivery.providers import crew as crew_module
from winback.delivery.senders import senders
from winback.delivery.services.testing import TestNotSentError, send_test
from winback.delivery.smtp.servers import ServerUrlError
from winback.mailings.models import Mailing, Recipient
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


@pytest.fixture
def name() -> str:
    """The provider where a test does not say which."""
    return "mailgun"


@pytest.fixture
def provider(settings, name: str) -> Iterator[ProviderServer]:
    """The configured provider; set its ``script`` to make it misbehave."""
    with running_provider(ProviderServer(name)) as server:
        configure(settings, server, "connections=3&timeout=1")
        yield server


def configure(settings, server: ProviderServer, options: str = "") -> None:
    settings.ANYMAIL = ProviderSettings(server.settings)
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url=f"anymail+{server.name}:?{options}", demo=False
    )


def work(mailing: Mailing, *, seconds: float = 10) -> int:
    run = open_run(mailing.pk, clock=lambda: NOW)
    assert run is not None
    sent = run.work(seconds=seconds)
    mailing.refresh_from_db()
    return sent


def only(address: str, said: Said) -> Callable[[Asked], Said | None]:
    return lambda asked: said if asked.recipient == address else None


def no(server: ProviderServer, kind: str) -> Callable[[Asked], Said]:
    return lambda asked: server.refusal(kind, asked)


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


@pytest.mark.parametrize("name", NAMES)
def test_work_refused_recipient_is_that_address_only(
    sending: Sending, provider: ProviderServer
) -> None:
    LeadFactory(email="gone@example.com")
    mailing = sending(4)
    provider.script = lambda asked: (
        provider.refusal("recipient", asked)
        if asked.recipient == "gone@example.com"
        else None
    )

    work(mailing)

    assert fates(mailing) == {"sent": 4, "failed": 1}
    row = mailing.recipients.get(fate="failed")
    assert (row.address, row.failure_class) == ("gone@example.com", "address")
    assert row.error != ""
    assert (mailing.state, ledger_sums(mailing).hold) == ("sent", True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["key", "sender"])
def test_work_refused_account_fails_nobody_and_says_why(
    sending: Sending, provider: ProviderServer, kind: str
) -> None:
    mailing = sending(5)
    provider.script = no(provider, kind)

    assert work(mailing) == 0

    assert fates(mailing) == {"ready": 5}
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {0}
    assert mailing.state == "sending"
    assert re.match(r"4\d\d \S", mailing.state_reason)
    assert "secret-key" not in mailing.state_reason
    assert open_run(mailing.pk, clock=lambda: NOW) is None

    provider.script = lambda asked: None
    ServerHold.objects.update(until=NOW)
    assert work(mailing) == 5
    assert (mailing.state, mailing.state_reason) == ("sent", "")


@pytest.mark.parametrize("name", NAMES)
def test_work_refused_message_is_failed_and_five_in_a_row_make_it_wait(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "connections=1&timeout=1")
    mailing = sending(9)
    provider.script = no(provider, "message")

    work(mailing)

    assert fates(mailing) == {"failed": 5, "ready": 4}
    classes = mailing.recipients.filter(fate="failed").values_list("failure_class")
    assert set(classes) == {("message",)}
    assert mailing.state == "sending"
    assert mailing.state_reason.startswith(("400 ", "422 "))


@pytest.mark.parametrize("status", [500, 503, 408])
def test_work_provider_failed_is_tried_later(
    sending: Sending, provider: ProviderServer, status: int
) -> None:
    LeadFactory(email="later@example.com")
    mailing = sending(3)
    provider.script = only("later@example.com", Said(status, {"message": "sorry"}))

    work(mailing)

    assert fates(mailing) == {"sent": 3, "ready": 1}
    row = mailing.recipients.get(fate="ready")
    assert (row.attempts, row.error) == (1, f"{status} sorry")
    assert timedelta(minutes=4) <= row.due_at - NOW <= timedelta(minutes=6)


@pytest.mark.parametrize(
    "said",
    [
        DROP,
        SILENCE,
        Said(502, "<html>Bad Gateway</html>"),
        Said(504, "<html>Gateway Time-out</html>"),
        Said(200, "<html>a portal</html>"),
        Said(200, {"strange": True}),
        Said(302, None, {"Location": "/elsewhere"}),
    ],
)
def test_work_without_a_clear_answer_is_uncertain(
    sending: Sending, provider: ProviderServer, said: Said
) -> None:
    LeadFactory(email="lost@example.com")
    mailing = sending(3)
    provider.script = only("lost@example.com", said)

    work(mailing)

    assert fates(mailing) == {"sent": 3, "uncertain": 1}
    assert mailing.recipients.get(fate="uncertain").address == "lost@example.com"
    asked = [a.recipient for a in provider.asked]
    assert asked.count("lost@example.com") == 1
    assert (mailing.state, ledger_sums(mailing).hold) == ("sent", True)


def test_work_answer_that_never_ends_is_uncertain_and_not_waited_for(
    sending: Sending, provider: ProviderServer, monkeypatch
) -> None:
    monkeypatch.setattr(crew_module, "PATIENCE_SECONDS", 0.0)
    LeadFactory(email="drip@example.com")
    mailing = sending(2)
    provider.script = only("drip@example.com", DRIP)

    work(mailing, seconds=1)

    assert fates(mailing) == {"sent": 2, "uncertain": 1}
    row = mailing.recipients.get(fate="uncertain")
    assert (row.address, row.error) == (
        "drip@example.com",
        "mailgun did not finish its answer",
    )
    assert mailing.state == "sent"


def test_work_provider_away_holds_and_counts_nobody(
    sending: Sending, provider: ProviderServer, settings, free_port: int
) -> None:
    mailing = sending(5)
    away = ProviderServer("mailgun", port=free_port)
    settings.ANYMAIL = ProviderSettings(away.settings)

    work(mailing)

    assert fates(mailing) == {"ready": 5}
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {0}
    assert mailing.state_reason == "mailgun cannot be reached: Connection refused"
    first = ServerHold.objects.get().until - NOW
    assert timedelta(seconds=4) <= first <= timedelta(seconds=6)

    settings.ANYMAIL = ProviderSettings(provider.settings)
    ServerHold.objects.update(until=NOW)
    assert work(mailing) == 5
    assert ServerHold.objects.count() == 0


def test_work_too_many_requests_are_waited_for_and_counted_nowhere(
    sending: Sending, provider: ProviderServer
) -> None:
    mailing = sending(12)
    refused: list[str] = []

    def script(asked: Asked) -> Said | None:
        if len(provider.taken) == 4 and len(refused) < 2:
            refused.append(asked.recipient)
            return Said(429, {"message": "slower"}, {"Retry-After": "0.2"})
        return None

    provider.script = script

    assert work(mailing) == 12

    assert len(refused) == 2
    assert fates(mailing) == {"sent": 12}
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {1}
    assert ServerHold.objects.count() == 0


def test_work_too_many_requests_at_once_are_one_pause(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "connections=8&timeout=5")
    mailing = sending(16)
    together = threading.Barrier(8)

    def script(asked: Asked) -> Said | None:
        if len(provider.asked) > 8 or together.broken:
            return None
        together.wait(10)
        return Said(429, {"message": "slower"}, {"Retry-After": "0.3"})

    provider.script = script

    assert work(mailing) == 16
    assert ServerHold.objects.count() == 0


def test_work_faults_with_successes_between_them_hold_nothing(
    sending: Sending, provider: ProviderServer, settings
) -> None:
    configure(settings, provider, "connections=1&timeout=5")
    mailing = sending(24)
    provider.script = lambda asked: Said(500) if len(provider.asked) % 3 else None

    work(mailing)

    assert fates(mailing) == {"sent": 8, "ready": 16}
    assert ServerHold.objects.count() == 0


@pytest.mark.parametrize(
    "said",
    [
        Said(429, {"message": "slower"}, {"Retry-After": "600"}),
        Said(503, {"message": "slower"}, {"Retry-After": "600"}),
    ],
)
def test_work_too_many_requests_for_long_rest_as_long_as_asked(
    sending: Sending, provider: ProviderServer, said: Said
) -> None:
    mailing = sending(6)
    provider.script = lambda asked: said

    work(mailing)

    assert fates(mailing) == {"ready": 6}
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {0}
    assert ServerHold.objects.get().until == NOW + timedelta(seconds=600)
    assert mailing.state_reason == f"{said.status} slower"


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
