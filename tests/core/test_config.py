from pathlib import Path

import pytest

from winback.core.config import ConfigError, is_loopback, load_config


def environ(home: Path, **extra: str) -> dict[str, str]:
    return {"WINBACK_HOME": str(home), **extra}


def problems(home: Path, **extra: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(environ(home, **extra))
    return caught.value.problems


def test_config_without_settings_is_a_laptop(tmp_path):
    config = load_config(environ(tmp_path))

    assert config.database_url == f"sqlite:///{tmp_path / 'winback.sqlite3'}"
    assert config.broker_url == "filesystem://"
    assert config.email_url == "smtp://127.0.0.1:8025"
    assert config.public_url == "http://127.0.0.1:8000"
    assert (config.demo, config.debug) == (False, False)


def test_config_keeps_one_secret_key_readable_by_its_owner_only(tmp_path):
    first = load_config(environ(tmp_path)).secret_key
    second = load_config(environ(tmp_path)).secret_key

    assert first == second
    assert len(first) >= 60
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_config_names_every_problem_at_once(tmp_path):
    assert problems(
        tmp_path,
        WINBACK_PORT="80000",
        WINBACK_DEBUG="maybe",
        WINBACK_TIME_ZONE="Kyiv",
        WINBACK_BROKER="redis://localhost",
    ) == [
        "WINBACK_BROKER: no such setting; see docs/admin.md for the list.",
        "WINBACK_PORT='80000': a port is a number from 1 to 65535.",
        "WINBACK_DEBUG='maybe': use 1 or 0.",
        "WINBACK_TIME_ZONE='Kyiv': use a name like Europe/Kyiv.",
    ]


def test_config_error_hides_a_password(tmp_path):
    (problem,) = problems(tmp_path, WINBACK_DATABASE_URL="mysql://me:hunter2@db/x")

    assert "hunter2" not in problem
    assert "mysql://me:***@db/x" in problem


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.com:25",
        "smtp://10.0.0.1",
        "smtp://127.0.0.1.evil.io",
        "smtp://127.0.0.1 smtp://mail.example.com?domains=a.example",
    ],
)
def test_config_refuses_a_demo_that_could_reach_the_internet(tmp_path, url):
    (problem,) = problems(tmp_path, WINBACK_DEMO="1", WINBACK_EMAIL_URL=url)

    assert problem.startswith("WINBACK_EMAIL_URL: in demo mode")


def test_config_several_senders_are_one_address_each(tmp_path):
    config = load_config(
        environ(
            tmp_path,
            WINBACK_EMAIL_URL=" smtp://a.test\n  smtps://b.test?domains=b.example ",
        )
    )

    assert config.email_urls == ("smtp://a.test", "smtps://b.test?domains=b.example")


def test_config_several_senders_names_the_wrong_one_without_its_password(tmp_path):
    urls = "smtp://a.test http://me:hunter2@b.test?domains=b.example"

    (problem,) = problems(tmp_path, WINBACK_EMAIL_URL=urls)

    assert "http://me:***@b.test" in problem
    assert "a.test'" not in problem.replace("b.test'", "")


def test_config_allows_a_demo_on_loopback(tmp_path):
    config = load_config(
        environ(tmp_path, WINBACK_DEMO="1", WINBACK_EMAIL_URL="smtp://[::1]:2525")
    )

    assert config.demo is True


def test_config_public_url_is_reachable_when_bound_to_every_address(tmp_path):
    config = load_config(environ(tmp_path, WINBACK_BIND="0.0.0.0", WINBACK_PORT="9000"))

    assert config.public_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.1", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_is_loopback_never_resolves_a_name(host, expected):
    assert is_loopback(host) is expected


def test_tests_run_on_a_home_of_their_own(settings):
    assert settings.CONFIG.home.name.startswith("winback-tests-")


def test_networks_are_taken_as_written_and_too_narrow_ones_refused(tmp_path):
    given = {
        "WINBACK_HOME": str(tmp_path),
        "WINBACK_MACHINE_NETWORKS": "192.0.2.0/24, 2001:db8::/32",
    }

    config = load_config(given)
    with pytest.raises(ConfigError) as refused:
        load_config(given | {"WINBACK_PEOPLE_NETWORKS": "192.0.2.7 10.0.0.0/8 office"})

    assert config.machine_networks == ("192.0.2.0/24", "2001:db8::/32")
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "WINBACK_PEOPLE_NETWORKS='192.0.2.7'",
        "WINBACK_PEOPLE_NETWORKS='office'",
    ]


def test_config_asks_outside_unless_it_is_a_demo(tmp_path):
    assert load_config(environ(tmp_path)).asks_outside
    assert not load_config(environ(tmp_path, WINBACK_DEMO="1")).asks_outside
    assert not load_config(environ(tmp_path, WINBACK_ASK_OUTSIDE="0")).asks_outside


def test_config_takes_spam_scorers(tmp_path):
    config = load_config(
        environ(
            tmp_path,
            WINBACK_SPAMD="127.0.0.1:783",
            WINBACK_RSPAMD_URL="http://127.0.0.1:11333/",
        )
    )

    assert (config.spamd, config.rspamd_url) == (
        "127.0.0.1:783",
        "http://127.0.0.1:11333",
    )
    assert problems(tmp_path, WINBACK_SPAMD="here", WINBACK_RSPAMD_URL="x:1") == [
        "WINBACK_SPAMD='here': write it as host:port.",
        "WINBACK_RSPAMD_URL='x:1': begin it with http://, https://.",
    ]
