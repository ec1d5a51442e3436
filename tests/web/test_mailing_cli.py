from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.factories import LeadFactory, RecipientFactory, UserFactory
from winback.accounts.rules import Role
from winback.mailings.models import Mailing
from winback.web.cli import main

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def administrator():
    return UserFactory(role=Role.ADMINISTRATOR.value, email="root@winback.test")


def winback(*words, code=0):
    result = CliRunner().invoke(main, ["mailing", *map(str, words), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if result.stdout.startswith("{") else result.output


def made(tmp_path, rules=None):
    body = tmp_path / "body.txt"
    body.write_text("Hello {{ lead.first_name }}", encoding="utf-8")
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(rules or {}))
    return winback(
        "create",
        *("--subject", "Back in stock", "--body-file", body, "--rules", path),
        *("--from-address", "hello@winback.test", "--campaign", "Spring"),
    )


def test_mailing_create_prints_the_draft(tmp_path, administrator):
    answer = made(tmp_path)

    mailing = Mailing.objects.get()
    assert answer == {
        "id": mailing.pk,
        "name": "Back in stock",
        "state": "draft",
        "scheduled_at": None,
    }
    assert mailing.responsible == administrator
    assert mailing.campaign.name == "Spring"
    assert mailing.versions.get().contents.get().body == "Hello {{ lead.first_name }}"


def test_mailing_create_from_a_template_and_odoos_notation(tmp_path):
    rules = tmp_path / "rules.txt"
    rules.write_text('[("active", "in", [True, False])]')

    answer = winback("create", "--template", "welcome_back", "--rules", rules)

    mailing = Mailing.objects.get(pk=answer["id"])
    assert mailing.versions.get().contents.count() == 3
    assert mailing.rules != {}


def test_mailing_create_that_cannot_be_saved_leaves_nothing(tmp_path):
    answer = winback("create", "--subject", "a\nBcc: b@example.org", code=1)

    assert answer["details"] == {
        "subject": "Line breaks and control characters cannot be used here."
    }
    assert not Mailing.objects.exists()


def test_mailing_create_with_faulty_rules_names_the_place(tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text('{"match": "all", "rules": [{"field": "x", "op": "="}]}')

    winback("create", "--rules", rules, code=1)

    assert not Mailing.objects.exists()


def test_mailing_send_schedules_at_once(tmp_path):
    LeadFactory()
    answer = made(tmp_path)

    sent = winback("send", answer["id"])

    assert sent["state"] == "scheduled"
    mailing = Mailing.objects.get()
    assert mailing.scheduled_at == mailing.undo_until == mailing.changed_at


def test_mailing_send_to_nobody_says_why(tmp_path):
    answer = made(tmp_path)

    refused = winback("send", answer["id"], code=1)

    assert refused["details"] == [
        "Nobody would get this mailing: no lead matches the rules."
    ]


def test_mailing_status_before_and_after_the_start(tmp_path):
    LeadFactory()
    answer = made(tmp_path)

    before = winback("status", answer["id"])
    assert (before["matched"], before["planned"]["will_be_mailed"]) == (0, 1)

    mailing = RecipientFactory().mailing
    after = winback("status", mailing.pk)
    assert (after["matched"], after["will_be_mailed"], after["sent"]) == (1, 1, 1)
    assert sum(after["left_out"].values()) == 0


def test_mailing_results_are_the_smart_buttons():
    mailing = RecipientFactory().mailing

    answer = winback("results", mailing.pk)

    assert answer["results"]["sent"]["count"] == 1
    assert answer["results"]["received"]["rate"] == 1.0


def test_mailing_pause_resume_and_cancel_move_it():
    mailing = RecipientFactory(mailing__state="sending").mailing

    states = [
        winback(action, mailing.pk)["state"] for action in ("pause", "resume", "cancel")
    ]

    assert states == ["paused", "sending", "cancelled"]
    assert "cannot become" in winback("pause", mailing.pk, code=1)["error"]


def test_mailing_resume_after_a_stop_wants_to_be_told_anyway():
    mailing = RecipientFactory(mailing__state="stopped").mailing

    refused = winback("resume", mailing.pk, code=1)
    released = winback("resume", mailing.pk, "--anyway")

    assert "cannot become" in refused["error"]
    assert released["state"] == "sending"


@pytest.mark.parametrize("number", ["0", "999999999999999999999999"])
def test_mailing_that_does_not_exist_is_told(number):
    refused = winback("status", number, code=2)

    assert refused == {"error": f"There is no mailing {number}."}
