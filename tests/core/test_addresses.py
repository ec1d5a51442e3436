import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.core.addresses import names_one_address, parse_address

# Deliberate differences from isemail: a name without a dot is no customer's.
DOTLESS = {"test@io"}
SENDABLE = {"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN"}


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("John.Smith@Example.COM", "john.smith@example.com"),
        ("  a@b.com\u200f ", "a@b.com"),
        ("\ufeffa@b.com", "a@b.com"),
        ("mailto:a@b.com", "a@b.com"),
        ("User <User@Example.com>", "user@example.com"),
        ('"Doe, John" <j@x.com>', "j@x.com"),
        ("Doe, John <j@x.com>", "j@x.com"),
        ("a@b.com, John <j@x.com>", "a@b.com"),
        ("a@b.com; c@d.com", "a@b.com"),
        ("a@b.com c@d.com", "a@b.com"),
        ("user@example.com,", "user@example.com"),
        ("a@b.com\r\nBcc: x@y.com", "a@b.com"),
        ('"a b"@example.com', '"a b"@example.com'),
        ("Олена@Пошта.УКР", "олена@пошта.укр"),
        ("jeff@XN--FSQU00A.XN--0ZWM56D", "jeff@例子.测试"),
        ("user@example。com", "user@example.com"),
        ("نیما\u200cاحمدی@example.com", "نیما\u200cاحمدی@example.com"),
        ("info@نامه\u200cای.com", "info@نامه\u200cای.com"),
        ("x@trial.test", "x@trial.test"),
    ],
)
def test_parse_address_good_is_normalized(typed, normalized):
    parsed = parse_address(typed)

    assert (parsed.normalized, parsed.status) == (normalized, "ok")


@pytest.mark.parametrize("typed", ["", "   ", "\ufeff", "\u00a0"])
def test_parse_address_empty_is_missing(typed):
    assert parse_address(typed).status == "missing"


@pytest.mark.parametrize(
    "typed",
    [
        "plain",
        "user at example.com",
        "user@localhost",
        "user@nowhere.invalid",
        "a..b@example.com",
        ".a@example.com",
        "a@-example.com",
        "a@ab--c.com",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        "te\u200cst@example.com",
        "test\u200b@example.com",
        "a@te\u200cst.com",
        "\ud800@example.com",
        "a\0b@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + "bcd." * 63 + "com",
        "(comment)a@example.com",
    ],
)
def test_parse_address_bad_is_invalid(typed):
    parsed = parse_address(typed)

    assert (parsed.normalized, parsed.status) == ("", "invalid")


@given(st.text() | st.from_regex(r"[\w.\"<>,; \u200c]{0,9}@[\w.-]{0,9}\.\w{2,3}"))
def test_parse_address_never_raises_and_is_idempotent(text):
    parsed = parse_address(text)

    assert (parsed.status == "ok") == bool(parsed.normalized)
    if parsed.normalized:
        assert parse_address(parsed.normalized) == parsed


@pytest.mark.conformance
def test_parse_address_isemail_valid_are_ok_and_errors_are_not(shared_data):
    with (shared_data / "addresses" / "isemail.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["address"].strip()]
    # Space around an address is cut off before it is judged.
    judged = {
        row["address"]: row["category"]
        for row in rows
        if row["address"] == row["address"].strip()
    }

    refused = {a for a, kind in judged.items() if kind in SENDABLE and not _ok(a)}
    accepted = {a for a, kind in judged.items() if kind == "ISEMAIL_ERR" and _ok(a)}

    assert refused == DOTLESS
    assert accepted == set()


@pytest.mark.conformance
def test_parse_address_international_cases_are_judged_as_expected(shared_data):
    with (shared_data / "addresses" / "eai_idn.csv").open(encoding="utf-8") as file:
        # Rows without an @ are single letters, not addresses.
        rows = [row for row in csv.DictReader(file) if "@" in row["address"]]
    wrong = [
        row for row in rows if _ok(row["address"]) != (row["expected"] != "invalid")
    ]

    assert wrong == []
    assert len(rows) == 39


def _ok(address):
    return parse_address(address).status == "ok"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a@b.example", True),
        ('"Doe, Jane" <a@b.example>', True),
        ("a@b.example, c@d.example", False),
        ("a@b.example c@d.example", False),
        ("a@b.example\r\nBcc: c@d.example", False),
        ("", True),
    ],
)
def test_names_one_address_knows_several(text, is_one):
    assert names_one_address(text) is is_one
