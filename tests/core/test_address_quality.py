import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.core.address_quality import (
    GENUINE,
    PROVIDERS,
    meant_domain,
    proposed_address,
    quality_of,
)


@pytest.mark.parametrize(
    ("typed", "quality"),
    [
        ("", ""),
        ("  ", ""),
        ("no address", "invalid"),
        ("anna@example.org", "good"),
        ("Anna <ANNA@Example.org>", "good"),
        ("олена@пошта.укр", "good"),
        ("نیما\u200cاحمدی@example.com", "good"),
        ("info@example.org", "role"),
        ("Sales+spring@example.org", "role"),
        ("office2@example.org", "role"),
        ("infante@example.org", "good"),
        ("anna@mailinator.com", "disposable"),
        ("anna@inbox.mailinator.com", "disposable"),
        ("info@mailinator.com", "disposable"),
        ("anna@gmial.com", "typo"),
        ("info@gmial.com", "typo"),
    ],
)
def test_quality_is_the_strongest_thing_against_the_address(typed, quality):
    assert quality_of(typed) == quality


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("yaho.com", "yahoo.com"),
        ("yhaoo.com", "yahoo.com"),
        ("outlok.com", "outlook.com"),
        ("outllook.com", "outlook.com"),
        ("iclod.com", "icloud.com"),
        ("ukr.nte", "ukr.net"),
        ("ukr.ne", "ukr.net"),
        ("urk.net", "ukr.net"),
        ("i.au", "i.ua"),
        ("mta.ua", "meta.ua"),
        ("bigmir.ent", "bigmir.net"),
        ("chmail.ri", "chmail.ir"),
        ("mihanmial.ir", "mihanmail.ir"),
        ("vatanmail.it", "vatanmail.ir"),
    ],
)
def test_a_slip_of_the_hand_is_known(typed, meant):
    assert meant_domain(typed) == meant
    assert proposed_address(f"anna@{typed}") == f"anna@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        *sorted(GENUINE),
        "example.org",
        "aok.com",
        "sol.com",
        "beta.ua",
        "mail.ua",
        "gmail.example.org",
        "yahoo.cz",
        "web.dev",
        "uni-kyiv.ua",
        "tmall.com",
        "inbox.lv",
        "пошта.укр",
    ],
)
def test_another_name_is_no_slip(domain):
    assert meant_domain(domain) == ""


def test_no_provider_is_taken_for_another():
    assert {one: meant_domain(one) for one in PROVIDERS} == dict.fromkeys(PROVIDERS, "")


@given(st.text() | st.from_regex(r"[a-z.]{0,8}@[a-z.]{0,30}", fullmatch=True))
def test_quality_never_raises_and_is_empty_only_without_address(text):
    quality = quality_of(text)

    assert quality in {"", "invalid", "typo", "disposable", "role", "good"}
    assert proposed_address(text) == "" or "@" in text
