"""What the doctor says of the ways in which replies come in."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from winback.core.imap_config import parse_imap_url
from winback.core.provider_config import ProviderSettings
from winback.reactions.imap.faults import Fault, MailboxError
from winback.reactions.models import MailFolder
from winback.web.health import inbound
from winback.web.health.inbound import check_lmtp, check_mailboxes, check_webhooks
from winback.web.health.rules import State

pytestmark = pytest.mark.django_db
BOX = parse_imap_url("imaps://shop:s3cret@mail.example/Replies")


@pytest.fixture
def configure(settings):
    def change(**changes):
        settings.CONFIG = dataclasses.replace(settings.CONFIG, **changes)

    return change


@contextlib.contextmanager
def well(_box):
    yield


def test_without_settings_nothing_is_told():
    assert [*check_mailboxes(), *check_lmtp(), *check_webhooks()] == []


def test_a_mailbox_that_is_read_is_well(configure, monkeypatch):
    configure(inbound_imap=(BOX,))
    monkeypatch.setattr(inbound, "opened", well)
    assert check_mailboxes()[0].state is State.WARNING  # never read

    MailFolder.objects.create(
        key=BOX.key, read_at=timezone.now() - timedelta(minutes=3)
    )

    (finding,) = check_mailboxes()
    assert (finding.state, finding.says) == (
        State.OK,
        "shop@mail.example:993/Replies: read 3 min ago",
    )


@pytest.mark.parametrize("fault", list(Fault))
def test_a_mailbox_that_cannot_be_opened_is_told_with_the_cure(
    configure, monkeypatch, fault
):
    @contextlib.contextmanager
    def broken(_box):
        raise MailboxError(fault, "its own words")
        yield

    configure(inbound_imap=(BOX,))
    monkeypatch.setattr(inbound, "opened", broken)

    (finding,) = check_mailboxes()

    assert finding.state is State.WRONG
    assert str(fault.label) in finding.says
    assert finding.says.endswith("(its own words)")
    assert finding.cure
    assert "s3cret" not in finding.says


def test_an_lmtp_server_that_is_away_is_told(configure, free_port):
    configure(inbound_lmtp=f"127.0.0.1:{free_port}")

    (finding,) = check_lmtp()

    assert finding.state is State.WARNING


def test_a_provider_that_cannot_tell_of_bounces_is_told(configure, settings):
    configure(email_url="anymail+postmark: anymail+mailgun:?domains=a.example")
    settings.ANYMAIL = ProviderSettings({"MAILGUN_WEBHOOK_SIGNING_KEY": "x"})

    mailgun, postmark = check_webhooks()

    assert mailgun.state is State.OK
    assert mailgun.says.endswith("/hooks/mailgun/tracking/")
    assert postmark.state is State.WARNING
    assert "WINBACK_ANYMAIL_WEBHOOK_SECRET" in postmark.cure
