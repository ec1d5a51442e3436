import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.core import tokens

NUMBERS = st.integers(min_value=0, max_value=tokens.MAX_NUMBER)


@given(st.lists(NUMBERS, min_size=1, max_size=3))
def test_token_round_trip_returns_its_numbers(numbers):
    token = tokens.sign("click", *numbers)

    assert tokens.verify("click", token, count=len(numbers)) == numbers
    assert len(token) <= tokens.MAX_TOKEN_LENGTH


def test_token_of_another_kind_is_refused():
    assert tokens.verify("open", tokens.sign("click", 7), count=1) is None


def test_token_with_other_extra_is_refused():
    token = tokens.sign("click", 7, extra="https://a.example/")

    assert tokens.verify("click", token, count=1, extra="https://b.example/") is None


@given(position=st.integers(0, 22), letter=st.characters(max_codepoint=0x7F))
def test_token_altered_in_one_letter_is_refused(position, letter):
    token = tokens.sign("click", 70_000, 3)
    position %= len(token)
    forged = token[:position] + letter + token[position + 1 :]

    expected = [70_000, 3] if forged == token else None
    assert tokens.verify("click", forged, count=2) == expected


@given(st.text())
def test_verify_never_raises(text):
    assert tokens.verify("click", text, count=1) is None


@pytest.mark.parametrize("number", [-1, tokens.MAX_NUMBER + 1])
def test_sign_refuses_numbers_it_cannot_hold(number):
    with pytest.raises(ValueError, match="a token holds numbers"):
        tokens.sign("click", number)


def test_tokens_of_a_former_key_are_read_until_it_is_dropped(settings):
    token = tokens.sign("unsubscribe", 7)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "a new key"

    assert tokens.verify("unsubscribe", token, count=1) is None
    settings.SECRET_KEY_FALLBACKS = ["another", former]
    assert tokens.verify("unsubscribe", token, count=1) == [7]
    assert tokens.sign("unsubscribe", 7) != token
    assert tokens.verify("click", token, count=1) is None
