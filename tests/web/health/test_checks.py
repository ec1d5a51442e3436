"""Each check against a part that is there and one that is not."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.factories import NOW, LeadFactory, RecipientFactory

from winback.crm.models import Lead
from winback.web.health import checks
from winback.web.health.rules import State
from winback.web.health.sending import check_senders
from winback.web.mailbox.server import running_mailbox

pytestmark = pytest.mark.django_db


def configure(settings, **changes: object) -> None:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, **changes)


def test_database_that_is_migrated_is_well():
    assert checks.check_database().state is State.OK


def test_database_that_does_not_answer_is_told(monkeypatch):
    def refuse() -> None:
        raise checks.Error("connection refused\nmore")

    monkeypatch.setattr(checks.connection, "ensure_connection", refuse)

    finding = checks.check_database()

    assert finding.state is State.WRONG
    assert finding.says.endswith("does not answer: connection refused")


def test_broker_as_folder_is_well():
    assert checks.check_broker().says == "folder in WINBACK_HOME"


def test_broker_that_does_not_answer_is_told(settings, free_port):
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port}/0"

    assert checks.check_broker().state is State.WRONG


def test_senders_that_answer_are_well(settings, tmp_path):
    with running_mailbox(tmp_path / "mail.sqlite3") as port:
        configure(settings, email_url=f"smtp://127.0.0.1:{port}")

        (finding,) = check_senders()

    assert (finding.state, finding.says) == (State.OK, f"127.0.0.1:{port}")


def test_senders_are_told_one_by_one(settings, tmp_path, free_port):
    first_day = timezone.localdate() - timedelta(days=3)
    with running_mailbox(tmp_path / "mail.sqlite3") as port:
        url = (
            f"smtp://127.0.0.1:{port}?name=news&domains=b.test,a.test&per_hour=500"
            f"&per_day=9000&warmup={first_day} smtp://127.0.0.1:{free_port}"
        )
        configure(settings, email_url=url)

        news, rest = check_senders()

    assert (news.state, news.says) == (
        State.OK,
        f"127.0.0.1:{port} (news; for a.test, b.test; 500 an hour; 9000 a day; "
        "warm-up day 4 of 14: 400 today)",
    )
    assert rest.state is State.WRONG


def test_senders_that_cannot_be_read_are_told(settings):
    configure(settings, email_url="smtp://127.0.0.1 smtp://127.0.0.2")

    (finding,) = check_senders()

    assert (finding.state, finding.says) == (
        State.WRONG,
        "WINBACK_EMAIL_URL: only one sender can be without domains=",
    )


def test_listener_that_is_not_there_is_a_warning(settings, free_port):
    configure(settings, inbound_port=free_port)

    assert checks.check_listener().state is State.WARNING


def test_secret_key_that_others_may_read_is_told(settings, tmp_path):
    configure(settings, home=tmp_path)
    key = tmp_path / "secret.key"
    key.write_text("x")
    key.chmod(0o644)

    finding = checks.check_secret_key()

    assert (finding.state, finding.cure) == (State.WRONG, f"Run: chmod 600 '{key}'")


def test_demo_mode_that_others_reach_is_a_warning(settings):
    configure(settings, demo=True, bind="0.0.0.0")

    assert checks.check_demo_mode().state is State.WARNING


def test_last_mailed_dates_behind_the_ledger_are_counted():
    lead = LeadFactory()
    RecipientFactory(lead=lead, address=lead.email_normalized, sent_at=NOW)
    Lead.objects.filter(pk=lead.pk).update(last_mailed_at=NOW)
    assert checks.check_last_mailed_dates().state is State.OK
    Lead.objects.filter(pk=lead.pk).update(last_mailed_at=NOW - timedelta(seconds=1))

    finding = checks.check_last_mailed_dates()

    assert finding.state is State.WRONG
    assert finding.says.startswith("behind the mailings' records on 1 leads")


def test_blacklist_marks_that_drifted_are_counted():
    assert checks.check_blacklist_marks().state is State.OK
    lead = LeadFactory()
    Lead.objects.filter(pk=lead.pk).update(blacklisted=True)

    finding = checks.check_blacklist_marks()

    assert finding.says == (
        "or other copies of what is known of an address are wrong on 1 leads "
        "(nobody is mailed by mistake)"
    )
