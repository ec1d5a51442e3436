from datetime import UTC, datetime

import pytest

from winback.consent.rules import months_later, read_entry


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 15), 3, (2026, 4, 15)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2027, 11, 30), 3, (2028, 2, 29)),
        ((2026, 12, 31), 12, (2027, 12, 31)),
    ],
)
def test_months_later_stays_in_the_month(start, months, end):
    assert months_later(datetime(*start, tzinfo=UTC), months) == datetime(
        *end, tzinfo=UTC
    )


HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("typed", "form", "value"),
    [
        (" Ann <ANN@Example.org> ", "address", "ann@example.org"),
        ("example.org", "domain", "example.org"),
        ("@Example.ORG", "domain", "example.org"),
        ("*@example.org", "domain", "example.org"),
        ("*.shop.example.org", "domain", "shop.example.org"),
        ("Пошта.УКР", "domain", "пошта.укр"),
        ("xn--80a1acny.xn--j1amh", "domain", "почта.укр"),
        (HASH.upper(), "plain_hash", HASH),
        (f"hmac-sha256:{HASH}", "fingerprint", f"hmac-sha256:{HASH}"),
    ],
)
def test_read_entry_tells_addresses_domains_and_hashes_apart(typed, form, value):
    read = read_entry(typed)

    assert (read.form, read.value) == (form, value)


@pytest.mark.parametrize(
    "typed", ["", "org", "@", "a@@b.org", "two words.org", "hmac-sha256:12", "*.", "-"]
)
def test_read_entry_of_anything_else_is_none(typed):
    assert read_entry(typed) is None
