from __future__ import annotations

import dataclasses
import json
import shlex

import pytest
from click.testing import CliRunner

from tests.nameserver import asked_by_everybody
from winback.core import dkim
from winback.core.dkim_config import DkimKey, dkim_keys
from winback.core.models import Installation
from winback.web.cli import main
from winback.web.health.rules import State
from winback.web.health.sending import check_dkim


@pytest.fixture
def names():
    with asked_by_everybody() as server:
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "my home"
    monkeypatch.setenv("WINBACK_HOME", str(folder))
    return folder


def winback(*arguments: str):
    return CliRunner().invoke(main, ["dkim", *arguments])


def configure(settings, *keys: DkimKey) -> None:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, dkim=keys)


def made(home, *arguments: str) -> tuple[DkimKey, dict[str, str]]:
    """A key as the command makes it, read back as the settings read it."""
    told = json.loads(winback("new", *arguments, "--json").output)
    (key,) = dkim_keys(told["setting"], problems := [])
    assert problems == []
    return key, told


@pytest.mark.parametrize(
    ("arguments", "selector", "kind"),
    [
        (["Shop.example"], "winback", "rsa"),
        (["shop.example", "--selector", "x1", "--ed25519"], "x1", "ed25519"),
    ],
)
def test_new_key_is_its_owners_and_ready_for_the_settings(
    home, arguments, selector, kind
):
    key, told = made(home, *arguments)

    assert (key.domain, key.selector) == ("shop.example", selector)
    assert key.path.stat().st_mode & 0o777 == 0o600
    assert key.path.parent.stat().st_mode & 0o777 == 0o700
    assert told["name"] == f"{selector}._domainkey.shop.example"
    assert told["record"].startswith(f"v=DKIM1; k={kind}; p=")
    assert dkim.is_published(dkim.load_key(key).private, [told["record"]])


def test_new_key_for_people_shows_a_record_that_fits_into_the_dns(home):
    answer = winback("new", "приклад.укр")

    assert answer.exit_code == 0
    (line,) = [line for line in answer.output.splitlines() if " IN TXT " in line]
    name, _in, _txt, _open, *strings, _close = shlex.split(line)
    assert name == "winback._domainkey.xn--80aikifvh.xn--j1amh."
    assert [len(text) <= 255 for text in strings] == [True, True]
    (key,) = (home / "dkim").iterdir()
    assert "".join(strings).replace(" ", "") == dkim.record_text(
        dkim.parse_private_key(key.read_bytes())
    ).replace(" ", "")


def test_new_key_never_replaces_one(home):
    key, _told = made(home, "shop.example")
    before = key.path.read_bytes()

    answer = winback("new", "shop.example")

    assert answer.exit_code == 1
    assert "is there already; choose another --selector." in answer.output
    assert key.path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["../x"], "Error: '../x' is no domain.\n"),
        (["a/b.example"], "Error: 'a/b.example' is no domain.\n"),
        (
            ["shop.example", "--selector", "../up"],
            "Error: '../up' is no selector: use letters, digits and hyphens.\n",
        ),
    ],
)
def test_new_key_for_no_domain_is_refused(home, arguments, said):
    answer = winback("new", *arguments)

    assert (answer.exit_code, answer.output) == (1, said)
    assert not (home / "dkim").exists()


@pytest.mark.django_db
def test_check_shows_the_record_until_it_is_published(home, names, settings):
    key, told = made(home, "shop.example", "--ed25519")
    configure(settings, key)

    before = winback("check")
    names.records = {told["name"]: [told["record"]]}
    after = winback("check")

    assert before.exit_code == 1
    assert before.output.startswith(f"wrong: no record at {told['name']}\n")
    assert f'{told["name"]}. IN TXT ( "{told["record"]}" )\n' in before.output
    assert (after.exit_code, after.output) == (0, f"ok: {told['name']} is published\n")


@pytest.mark.django_db
def test_check_for_machines_is_one_object(home, names, settings):
    key, told = made(home, "shop.example")
    configure(
        settings, key, dataclasses.replace(key, selector="s2", path=home / "gone")
    )
    names.records = {told["name"]: [told["record"]]}

    answer = winback("check", "--json")

    assert answer.exit_code == 1
    read = json.loads(answer.output)
    assert read["ok"] is False
    assert [(k["state"], k["name"], k["record"]) for k in read["keys"]] == [
        ("ok", told["name"], told["record"]),
        ("wrong", "s2._domainkey.shop.example", ""),
    ]


@pytest.mark.django_db
def test_check_without_keys_says_how_to_make_one(settings):
    configure(settings)

    answer = winback("check")

    assert (answer.exit_code, answer.output) == (
        0,
        "No keys in WINBACK_DKIM. Make one: winback dkim new DOMAIN\n",
    )


@pytest.mark.django_db
def test_doctor_tells_the_worst_of_the_keys(home, names, settings):
    key, told = made(home, "shop.example")
    settings_before = check_dkim()
    configure(settings, key)
    names.records = {told["name"]: [told["record"]]}
    published = check_dkim()
    Installation.objects.update_or_create(
        pk=1, defaults={"sender_address": "me@else.example"}
    )
    unsigned = check_dkim()
    key.path.chmod(0o604)
    opened = check_dkim()
    names.records = {told["name"]: ["v=DKIM1; p=AAAA"]}
    key.path.chmod(0o600)
    other = check_dkim()
    key.path.unlink()
    gone = check_dkim()

    assert settings_before.says == "no keys here: the mail server has to sign"
    assert (published.state, published.says) == (
        State.OK,
        "winback._domainkey.shop.example is published",
    )
    assert (unsigned.state, unsigned.cure) == (
        State.WARNING,
        "Run: winback dkim new else.example",
    )
    assert (opened.state, opened.cure) == (
        State.WRONG,
        f"Run: chmod o= '{key.path}'",
    )
    assert other.says == "another key at winback._domainkey.shop.example"
    assert gone.says == (
        "DKIM key winback._domainkey.shop.example: No such file or directory"
    )
    assert gone.cure.startswith(f"Mend {key.path} or WINBACK_DKIM.")


@pytest.mark.django_db
def test_doctor_without_a_resolver_says_so(home, names, settings, monkeypatch):
    key, told = made(home, "shop.example", "--ed25519")
    configure(settings, key)
    names.is_silent = True
    monkeypatch.setattr("winback.mailings.sender_domain.TIMEOUT_SECONDS", 0.2)

    finding = check_dkim()

    assert (finding.state, finding.says) == (
        State.WARNING,
        f"{told['name']}: the DNS did not answer",
    )
