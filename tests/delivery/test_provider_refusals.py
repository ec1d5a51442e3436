"""What a provider refuses, how it fails, and when a run waits for it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

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
    configure,
)
from tests.delivery.providing import no, only, work
from tests.factories import LeadFactory
from winback.core.provider_config import ProviderSettings
from winback.delivery.engine.run import open_run
from winback.delivery.models import ServerHold
from winback.delivery.providers import crew as crew_module
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


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
