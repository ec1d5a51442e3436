import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.core.text import fold, fold_script, is_one_line


def test_fold_ignores_case_in_every_script():
    assert fold("КИЇВ Straße") == fold("київ STRASSE")


def test_fold_makes_arabic_and_persian_letters_and_digits_equal():
    assert fold("كي ۱۲ ١٢") == fold("کی 12 12")


def test_fold_script_keeps_case():
    assert fold_script("Aي٣") == "Aی3"


@given(st.text())
def test_fold_twice_is_fold_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "a\x85b", "a\u2029b", "\t"])
def test_is_one_line_refuses_every_control_character(text):
    assert is_one_line(text) is False


@pytest.mark.parametrize("text", ["", "Hi", "می‌شود", "👩‍🚀 up", "Знову"])
def test_is_one_line_takes_words_of_every_script(text):
    assert is_one_line(text) is True
