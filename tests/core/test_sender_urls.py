"""What the environment says of senders, checked before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from winback.core.config import ConfigError, load_config
from winback.core.sender_urls import sender_url_for, split_sender_url

SHOP = "smtp://a.test?domains=shop.example,крамниця.example"
PROVIDER = "anymail+mailgun:?domains=news.example&name=news&connections=2"


@pytest.mark.parametrize(
    ("url", "of_server"),
    [
        (
            "smtp://me:p%40ss@a.test:25?name=x&connections=3",
            "smtp://me:p%40ss@a.test:25?connections=3",
        ),
        ("smtp://a.test?name=x&per_hour=5", "smtp://a.test"),
        (PROVIDER, "anymail+mailgun:?connections=2"),
        ("anymail+mailgun:", "anymail+mailgun:"),
    ],
)
def test_split_sender_url_leaves_the_server_what_is_its(url, of_server) -> None:
    assert split_sender_url(url)[0] == of_server


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("Shop.example", SHOP),
        ("xn--80aqf0a8aam8i.example", None),
        ("крамниця.example", SHOP),
        ("news.example", PROVIDER),
        ("below.shop.example", None),
        ("", None),
    ],
)
def test_sender_url_for_names_exactly_the_domain(domain, found) -> None:
    assert sender_url_for(domain, [SHOP, PROVIDER]) == found
    assert sender_url_for(domain, [SHOP, PROVIDER, "smtp://r"]) == (found or "smtp://r")


@pytest.mark.parametrize(
    ("urls", "problem"),
    [
        ("smtp://a smtp://b", "only one sender can be without domains="),
        ("smtp://a?per_hour=0", "per_hour is a number from 1 to 100000000"),
        (f"{PROVIDER} {PROVIDER}", "two senders serve news.example"),
        (
            "smtp://a?name=x smtp://b?name=x&domains=b.test",
            "two senders are called x: give each a name=",
        ),
        ("anymail+mailgun:?warmup=soon", "warmup is a day like 2026-11-20"),
    ],
)
def test_config_names_what_is_wrong_with_a_sender(
    tmp_path: Path, urls: str, problem: str
) -> None:
    environ = {"WINBACK_HOME": str(tmp_path), "WINBACK_EMAIL_URL": urls}

    with pytest.raises(ConfigError) as caught:
        load_config(environ)

    assert caught.value.problems == [f"WINBACK_EMAIL_URL: {problem}."]


def test_config_mail_server_and_provider_side_by_side(tmp_path: Path) -> None:
    environ = {"WINBACK_HOME": str(tmp_path), "WINBACK_EMAIL_URL": f"{SHOP} {PROVIDER}"}

    assert load_config(environ).email_urls == (SHOP, PROVIDER)
