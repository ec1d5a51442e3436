from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from winback.core import dkim
from winback.core.dkim_config import DkimKey

# RFC 8463, A.2: a seed and the public key that belongs to it.
SEED = b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def key(domain: str, selector: str = "s") -> DkimKey:
    return DkimKey(domain, selector, Path("/nowhere"))


def rsa_pem(bits: int, form: PrivateFormat = PrivateFormat.PKCS8, **how) -> bytes:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return private.private_bytes(
        Encoding.PEM, form, how.get("encryption", NoEncryption())
    )


def written(path: Path, octets: bytes) -> DkimKey:
    path.write_bytes(octets)
    return DkimKey("shop.example", "s", path)


@pytest.mark.parametrize(
    "form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL]
)
def test_rsa_key_is_read_in_both_forms_of_pem(form):
    octets = rsa_pem(2048, form)

    assert dkim.parse_private_key(octets).key_size == 2048
    assert dkim.parse_private_key(b"a comment\n" + octets).key_size == 2048


def test_ed25519_key_is_read_as_seed_and_as_pem():
    seed = dkim.parse_private_key(SEED + b"\n")
    pem = seed.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    assert dkim.public_part(seed) == PUBLIC
    assert dkim.public_part(dkim.parse_private_key(pem)) == PUBLIC


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "neither PEM nor an Ed25519 seed"),
        (b"\xff\x00", "neither PEM nor an Ed25519 seed"),
        (SEED[:-4], "neither PEM nor an Ed25519 seed"),
        (SEED[:8] + b"!" + SEED[8:], "neither PEM nor an Ed25519 seed"),
        (b"-----BEGIN PRIVATE KEY-----\nx\n", "is no private key in PEM form"),
        (rsa_pem(1024), "1024 bits: use 2048 to 4096"),
        (
            rsa_pem(2048, encryption=BestAvailableEncryption(b"x")),
            "has a password; take it off",
        ),
        (
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            "is neither an RSA nor an Ed25519 key",
        ),
        (
            dkim.parse_private_key(SEED)
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .replace(b"PRIVATE", b"PUBLIC"),
            "is no private key in PEM form",
        ),
    ],
)
def test_key_that_cannot_sign_is_refused_with_the_reason(octets, said):
    with pytest.raises(dkim.DkimKeyError, match=said) as caught:
        dkim.parse_private_key(octets)

    assert SEED.decode()[:10] not in str(caught.value)


def test_new_keys_are_what_they_say():
    assert dkim.parse_private_key(dkim.new_rsa_key()).key_size == 2048
    fresh = dkim.public_part(dkim.parse_private_key(dkim.new_ed25519_key()))
    assert len(fresh) == 44
    assert fresh != dkim.public_part(dkim.parse_private_key(dkim.new_ed25519_key()))


def test_record_is_what_the_rfc_says():
    assert dkim.record_text(dkim.parse_private_key(SEED)) == (
        f"v=DKIM1; k=ed25519; p={PUBLIC}"
    )
    assert dkim.record_name(key("shop.example", "2026")) == (
        "2026._domainkey.shop.example"
    )
    record = dkim.record_text(dkim.parse_private_key(rsa_pem(2048)))
    assert record.startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")


@pytest.mark.parametrize(
    ("records", "published"),
    [
        ([f"v=DKIM1; k=ed25519; p={PUBLIC}"], True),
        ([f"p={PUBLIC}"], True),
        (["v=spf1 -all", f"V = DKIM1 ;p = {PUBLIC[:10]} {PUBLIC[10:]} ;"], True),
        ([], False),
        ([""], False),
        (["p="], False),
        ([f"v=DKIM1; n={PUBLIC}; p=AAAA"], False),
        ([f"v=DKIM1; P={PUBLIC}"], False),
        ([f"v=DKIM1; p={PUBLIC}x"], False),
        (["=;=;;p"], False),
    ],
)
def test_published_is_only_the_very_key(records, published):
    private = dkim.parse_private_key(SEED)

    assert dkim.is_published(private, records) is published


@pytest.mark.parametrize(
    ("domain", "wanted"),
    [
        ("shop.example", ["a", "b"]),
        ("Shop.EXAMPLE", ["a", "b"]),
        ("news.shop.example", ["own"]),
        ("deep.news.shop.example", ["own"]),
        ("other.shop.example", ["a", "b"]),
        ("xshop.example", []),
        ("example", []),
        ("приклад.укр", ["idn"]),
        ("новини.приклад.укр", ["idn"]),
        ("xn--80aikifvh.xn--j1amh", ["idn"]),
        ("", []),
        ("not a domain", []),
        (".shop.example", []),
    ],
)
def test_keys_are_those_of_the_domain_or_of_its_nearest_parent(domain, wanted):
    keys = [
        key("shop.example", "a"),
        key("news.shop.example", "own"),
        key("shop.example", "b"),
        key("xn--80aikifvh.xn--j1amh", "idn"),
    ]

    assert [found.selector for found in dkim.keys_for(keys, domain)] == wanted


def test_key_is_loaded_anew_when_its_file_was_changed(tmp_path):
    configured = written(tmp_path / "key", SEED)
    first = dkim.load_key(configured).private
    assert dkim.load_key(configured).private is first

    fresh = tmp_path / "fresh"
    fresh.write_bytes(dkim.new_ed25519_key())
    fresh.rename(configured.path)

    second = dkim.load_key(configured).private
    assert dkim.public_part(second) != dkim.public_part(first)


@pytest.mark.parametrize(
    ("octets", "said"),
    [(b"nonsense!", "is no private key"), (b"x" * 70_000, "is too long for a key")],
)
def test_key_file_that_cannot_be_used_is_told_without_its_path(tmp_path, octets, said):
    configured = written(tmp_path / "key", octets)

    with pytest.raises(dkim.DkimKeyError, match=said) as caught:
        dkim.load_key(configured)

    assert str(caught.value).startswith("DKIM key s._domainkey.shop.example: ")
    assert str(tmp_path) not in str(caught.value)


def test_key_file_that_is_none_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    for name, said in [
        ("gone", "No such file or directory"),
        ("pipe", "is not a file"),
        (".", "is not a file"),
    ]:
        with pytest.raises(dkim.DkimKeyError, match=said):
            dkim.load_key(DkimKey("shop.example", "s", tmp_path / name))


@pytest.mark.parametrize(
    ("mode", "told"), [(0o600, False), (0o640, False), (0o644, True)]
)
def test_key_that_others_may_use_is_told(tmp_path, mode, told):
    path = tmp_path / "key"
    path.touch()
    path.chmod(mode)

    assert dkim.is_open_to_others(path) is told
