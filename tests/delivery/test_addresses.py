"""What we put in mails comes back to the right recipient, or to nobody."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.own_addresses import (
    message_id,
    reply_address,
    unsubscribe_address,
    verp_address,
)
from winback.core.tokens import MAX_NUMBER, verify
from winback.delivery import addresses, links

NUMBERS = st.integers(min_value=0, max_value=MAX_NUMBER)


@given(NUMBERS)
def test_verp_address_any_case_names_its_recipient(number: int) -> None:
    address = verp_address(number)

    assert addresses.parse_verp(address) == number
    assert addresses.parse_verp(address.upper()) == number
    assert addresses.parse_verp(f"<{address}>") == number
    assert len(address.partition("@")[0]) <= 64
    assert address.isascii()


@given(NUMBERS)
def test_message_id_parsed_back_names_its_recipient(number: int) -> None:
    text = message_id(number)

    assert text.startswith("<")
    assert addresses.parse_message_id(text) == number
    assert addresses.parse_message_id(f" {text.lower()} ") == number


def test_parse_own_address_tells_the_kind() -> None:
    kinds = addresses.AddressKind

    made = [
        verp_address(7),
        reply_address(7),
        unsubscribe_address(7),
    ]

    assert [addresses.parse_own_address(text) for text in made] == [
        addresses.OwnAddress(kinds.BOUNCE, 7),
        addresses.OwnAddress(kinds.REPLY, 7),
        addresses.OwnAddress(kinds.UNSUBSCRIBE, 7),
    ]


def test_parse_verp_token_of_another_kind_is_nobody() -> None:
    token = reply_address(7).removeprefix("r-")

    assert addresses.parse_verp(f"b-{token}") is None
    assert addresses.parse_verp(reply_address(7)) is None
    assert addresses.parse_message_id(f"<{token}>") is None


def test_parse_verp_foreign_domain_is_nobody() -> None:
    local = verp_address(7).partition("@")[0]

    assert addresses.parse_verp(f"{local}@example.org") is None


def test_parse_verp_one_changed_letter_is_nobody() -> None:
    address = verp_address(7)
    swapped = "a" if address[10] != "a" else "b"

    assert addresses.parse_verp(address[:10] + swapped + address[11:]) is None


@given(st.text(max_size=120))
def test_parsers_any_text_never_raise(text: str) -> None:
    assert addresses.parse_own_address(text) is None
    assert addresses.parse_message_id(text) is None
    assert addresses.parse_own_address(f"b-{text}@reply.localhost") is None


@pytest.mark.parametrize(
    ("domain", "wire"),
    [
        ("example.com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("приклад.укр", "xn--80aikifvh.xn--j1amh"),
    ],
)
def test_wire_domain_international_becomes_ascii(domain: str, wire: str) -> None:
    assert addresses.wire_domain(domain) == wire


def test_wire_domain_impossible_raises_value_error() -> None:
    with pytest.raises(ValueError, match="\u2488"):
        addresses.wire_domain("\u2488.\u06dd")


def test_links_hold_tokens_of_their_kind(settings) -> None:
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, public_url="https://mail.example"
    )

    opened = links.open_url(7)
    clicked = links.click_url(7, 9)
    left = links.unsubscribe_url(7)

    assert opened.startswith("https://mail.example/t/o/")
    assert verify("open", opened[len("https://mail.example/t/o/") : -4], count=1) == [7]
    assert verify("click", clicked.rpartition("/")[2], count=2) == [7, 9]
    assert verify("unsubscribe", left.split("/")[-2], count=1) == [7]
    assert verify("view", links.view_url(7).split("/")[-2], count=1) == [7]


def test_dynamic_click_url_altered_target_is_refused() -> None:
    target = "https://shop.example/?q=a&n=Оля"

    url = links.dynamic_click_url(7, 9, target)
    token = url.rpartition("/t/c/")[2].partition("?")[0]

    assert "?u=https%3A%2F%2Fshop.example%2F%3Fq%3Da%26n%3D" in url
    assert verify("click", token, count=2, extra=target) == [7, 9]
    assert verify("click", token, count=2, extra=target + "x") is None
