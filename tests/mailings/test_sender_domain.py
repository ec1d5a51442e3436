from __future__ import annotations

from pathlib import Path

import pytest

from tests.nameserver import asked_by_everybody
from winback.core import dkim
from winback.core.dkim_config import DkimKey
from winback.mailings import sender_domain
from winback.mailings.sender_domain import DomainFinding, check_domain, key_state


@pytest.fixture
def names():
    with asked_by_everybody() as server:
        yield server


@pytest.fixture
def key(tmp_path: Path) -> DkimKey:
    path = tmp_path / "key.pem"
    path.write_bytes(dkim.new_ed25519_key())
    return DkimKey("shop.example", "s1", path)


def record(key: DkimKey) -> str:
    return dkim.record_text(dkim.load_key(key).private)


def found(domain: str, *keys: DkimKey) -> list[tuple[str, DomainFinding]]:
    return [(kind, what) for kind, what, _text in check_domain(domain, keys=keys)]


def test_domain_with_all_records_is_found(names, key):
    names.records = {
        "news.shop.example": ["google-site=x", "v=spf1 include:relay.example -all"],
        "s1._domainkey.shop.example": [record(key)],
        "_dmarc.news.shop.example": ["v=DMARC1; p=none"],
    }

    assert list(check_domain("news.shop.example", keys=[key])) == [
        ("spf", "found", "SPF: found at news.shop.example."),
        ("dkim", "found", "DKIM: found at s1._domainkey.shop.example."),
        ("dmarc", "found", "DMARC: found at _dmarc.news.shop.example."),
    ]


def test_domain_without_records_misses_them(names, key):
    names.records = {"shop.example": ["something else"]}

    assert found("shop.example", key) == [
        ("spf", DomainFinding.MISSING),
        ("dkim", DomainFinding.MISSING),
        ("dmarc", DomainFinding.MISSING),
    ]


def test_domain_without_keys_anywhere_is_left_to_the_mail_server(names):
    lines = list(check_domain("shop.example", keys=[]))

    assert lines[1] == (
        "dkim",
        "not_ours",
        "DKIM: not signed by Winback; the mail server has to sign.",
    )


def test_domain_without_a_key_of_its_own_is_unsigned(names, key):
    lines = list(check_domain("other.example", keys=[key]))

    assert lines[1] == (
        "dkim",
        "unsigned",
        "DKIM: there is no key for other.example, so its mails are not signed by "
        "Winback.",
    )
    assert "s1._domainkey.shop.example" not in names.asked


def test_key_whose_record_holds_another_is_told(names, key, tmp_path):
    other = DkimKey("shop.example", "s2", tmp_path / "other.pem")
    other.path.write_bytes(dkim.new_rsa_key())
    names.records = {
        "s1._domainkey.shop.example": [record(other)],
        "s2._domainkey.shop.example": [record(other)],
    }

    assert found("shop.example", key, other)[1:3] == [
        ("dkim", DomainFinding.OTHER_KEY),
        ("dkim", DomainFinding.FOUND),
    ]


def test_key_that_cannot_be_read_is_told_without_its_path(names, key):
    key.path.write_text("nonsense")

    _kind, finding, text = list(check_domain("shop.example", keys=[key]))[1]

    assert finding == DomainFinding.UNUSABLE
    assert text == (
        "DKIM: the key for s1._domainkey.shop.example cannot be used, and the mailing "
        "would wait. The administrator sees why with winback doctor."
    )
    assert key_state(key)[1].startswith("DKIM key s1._domainkey.shop.example: is no ")


def test_silent_name_server_means_not_reached(names, key, monkeypatch):
    names.is_silent = True
    monkeypatch.setattr(sender_domain, "TIMEOUT_SECONDS", 0.2)

    lines = list(check_domain("shop.example", keys=[key]))

    assert {finding for _kind, finding, _text in lines} == {DomainFinding.NOT_REACHED}
    assert lines[1][2] == "DKIM: not checked, the DNS could not be reached."


def test_name_that_cannot_be_asked_for_is_not_reached(names):
    with pytest.raises(sender_domain.DnsNotReachedError):
        sender_domain.txt_records("a" * 64 + ".example")
