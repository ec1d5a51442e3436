"""The doctor and a provider: what is missing is named, and nothing secret."""

from __future__ import annotations

import dataclasses

import pytest

from winback.core.dkim_config import DkimKey
from winback.core.provider_config import ProviderSettings
from winback.web.health.rules import State
from winback.web.health.sending import check_dkim, check_senders


def configure(settings, name: str, **given: object) -> None:
    settings.ANYMAIL = ProviderSettings(given)
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url=f"anymail+{name}:?connections=2"
    )


def test_provider_that_is_configured_is_well(settings):
    configure(settings, "mailgun", MAILGUN_API_KEY="hunter2")

    (finding,) = check_senders()

    assert (finding.subject, finding.state, finding.says) == (
        "mail provider",
        State.OK,
        "Mailgun, 2 requests at once",
    )


def test_provider_without_its_key_names_the_variable(settings):
    configure(settings, "postmark", POSTMARK_TOKEN="hunter2")

    (finding,) = check_senders()

    assert (finding.state, finding.says) == (
        State.WRONG,
        "WINBACK_ANYMAIL_POSTMARK_SERVER_TOKEN is missing",
    )
    assert "hunter2" not in repr(finding)


def test_provider_that_asks_for_no_such_setting_is_a_warning(settings):
    configure(settings, "mailgun", MAILGUN_API_KEY="hunter2", MAILGUN_KEY="hunter2")

    (finding,) = check_senders()

    assert (finding.state, finding.cure) == (
        State.WARNING,
        "Mailgun asks for no WINBACK_ANYMAIL_MAILGUN_KEY.",
    )
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("brevo", {"BREVO_API_KEY": "x"}, "tracking of opens and clicks"),
        ("sendgrid", {"SENDGRID_API_KEY": "x"}, "Anymail no longer tests it"),
    ],
)
def test_provider_with_a_caution_is_a_warning(settings, name, given, said):
    configure(settings, name, **given)

    (finding,) = check_senders()

    assert finding.state is State.WARNING
    assert said in finding.cure


def test_provider_in_demo_mode_is_wrong(settings):
    configure(settings, "mailgun", MAILGUN_API_KEY="x")
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=True)

    (finding,) = check_senders()

    assert finding.state is State.WRONG


def test_provider_signs_whatever_keys_there_are(settings, tmp_path):
    configure(settings, "mailgun", MAILGUN_API_KEY="x")
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, dkim=(DkimKey("shop.example", "s", tmp_path / "gone"),)
    )

    assert check_dkim().says == "the provider signs"
