from hypothesis import given
from hypothesis import strategies as st

from winback.core.text import fold, fold_script


def test_fold_ignores_case_in_every_script():
    assert fold("КИЇВ Straße") == fold("київ STRASSE")


def test_fold_makes_arabic_and_persian_letters_and_digits_equal():
    assert fold("كي ۱۲ ١٢") == fold("کی 12 12")


def test_fold_script_keeps_case():
    assert fold_script("Aي٣") == "Aی3"


@given(st.text())
def test_fold_twice_is_fold_once(text):
    assert fold(fold(text)) == fold(text)
