from __future__ import annotations

from pathlib import Path

import pytest

from winback.core import provider_config
from winback.core.config import ConfigError, load_config


def loaded(home: Path, **extra: str):
    return load_config({"WINBACK_HOME": str(home), **extra})


def problems(home: Path, **extra: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(home, **extra)
    return caught.value.problems


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("anymail+mailgun:", "mailgun"),
        ("anymail+postmark://", "postmark"),
        ("anymail+amazon-ses:?connections=2", "amazon_ses"),
        ("anymail+amazon_ses:", "amazon_ses"),
        ("anymail+Brevo://?timeout=9&connections=4", "brevo"),
    ],
)
def test_provider_is_named_by_the_address(tmp_path, url, name):
    config = loaded(
        tmp_path, WINBACK_EMAIL_URL=url, WINBACK_ANYMAIL_MAILGUN_API_KEY="hunter2"
    )

    assert provider_config.is_provider_url(config.email_url)
    assert provider_config.provider_name(config.email_url) == name
    assert config.anymail == {"MAILGUN_API_KEY": "hunter2"}
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    "name",
    ["", "pigeon", "base", "base_requests", "console", "test", "..", "a.b", "__init__"],
)
def test_provider_that_is_none_is_refused_with_a_list(tmp_path, name):
    (problem,) = problems(tmp_path, WINBACK_EMAIL_URL=f"anymail+{name}:")

    assert problem.startswith(
        f"WINBACK_EMAIL_URL: Anymail knows no provider {name!r}: it knows amazon_ses, "
        "brevo, mailersend, mailgun, "
    )


@pytest.mark.parametrize("rest", ["//user:secret@host", "secret", "/path?timeout=1"])
def test_provider_address_with_more_than_options_is_refused(tmp_path, rest):
    (problem,) = problems(tmp_path, WINBACK_EMAIL_URL=f"anymail+mailgun:{rest}")

    assert problem == (
        "WINBACK_EMAIL_URL: write anymail+mailgun: and no more; what the provider "
        "wants to know is told by WINBACK_ANYMAIL_…."
    )


def test_provider_options_are_read_from_the_address():
    read = provider_config.provider_options

    assert read("anymail+mailgun:") == provider_config.ProviderOptions(
        connections=4, timeout=30, bounces_come_here=False
    )
    assert read(
        "anymail+mailgun://?connections=9&timeout=5&bounces=here"
    ) == provider_config.ProviderOptions(
        connections=9, timeout=5, bounces_come_here=True
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("connections=0", "connections is a number from 1 to 50"),
        ("connections=51", "connections is a number from 1 to 50"),
        ("connections=many", "connections is a number from 1 to 50"),
        ("timeout=", "timeout is a number from 1 to 300"),
        ("timeout=٣", "timeout is a number from 1 to 300"),
        ("bounces=there", "bounces can only be here, or is left out"),
        ("api_key=secret", "no such option: api_key"),
    ],
)
def test_provider_option_that_is_wrong_is_named(tmp_path, options, problem):
    assert problems(tmp_path, WINBACK_EMAIL_URL=f"anymail+mailgun:?{options}") == [
        f"WINBACK_EMAIL_URL: {problem}."
    ]


def test_provider_settings_are_text_truth_or_json(tmp_path):
    config = loaded(
        tmp_path,
        WINBACK_ANYMAIL_A=" 12 ",
        WINBACK_ANYMAIL_B="True",
        WINBACK_ANYMAIL_C="false",
        WINBACK_ANYMAIL_D='{"region_name": "eu-west-1"}',
    )

    assert config.anymail == {
        "A": "12",
        "B": True,
        "C": False,
        "D": {"region_name": "eu-west-1"},
    }


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("IGNORE_UNSUPPORTED_FEATURES", "may not be set."),
        ("IGNORE_RECIPIENT_STATUS", "may not be set."),
        ("DEBUG_API_REQUESTS", "may not be set."),
        ("MAILGUN_SEND_DEFAULTS", "may not be set."),
        ("AMAZON_SES_CLIENT_PARAMS", "begins like JSON and is none."),
    ],
)
def test_provider_setting_that_would_harm_is_refused(tmp_path, name, problem):
    said = problems(tmp_path, **{f"WINBACK_ANYMAIL_{name}": "{secret"})

    assert said == [f"WINBACK_ANYMAIL_{name}: {problem}"]


def test_demo_refuses_every_provider(tmp_path):
    (problem,) = problems(
        tmp_path, WINBACK_DEMO="1", WINBACK_EMAIL_URL="anymail+mailgun:"
    )

    assert problem.startswith("WINBACK_EMAIL_URL: in demo mode")
