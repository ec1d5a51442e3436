from __future__ import annotations

import pytest

from winback.content.inspection.subjects import (
    SubjectFault,
    says_the_same,
    subject_faults,
)


@pytest.mark.parametrize(
    ("subject", "faults"),
    [
        ("The lamp is back", []),
        ("x" * 60, []),
        ("x" * 61, [SubjectFault.LONG]),
        ("BUY THE LAMP NOW", [SubjectFault.CAPITALS]),
        ("КУПУЙТЕ ЛАМПУ ЗАРАЗ", [SubjectFault.CAPITALS]),
        ("IKEA USA", []),  # seven letters
        ("چراغ برگشت", []),
        ("Re: your order", [SubjectFault.FAKE_ANSWER]),
        ("RE : your order", [SubjectFault.FAKE_ANSWER]),
        ("Відп: ваше замовлення", [SubjectFault.FAKE_ANSWER]),
        ("پاسخ: سفارش شما", [SubjectFault.FAKE_ANSWER]),
        ("Regarding: the lamp", []),
        ("Restock: the lamp", []),
        ("Now!!!", [SubjectFault.SHOUTS]),
        ("Now! Here! Lamp!", [SubjectFault.SHOUTS]),
        ("Save $$$", [SubjectFault.SHOUTS]),
        ("Back! Really", []),
        ("🔥🔥🔥 hot", []),
        ("🔥🔥🔥🔥 hot", [SubjectFault.SYMBOLS]),
    ],
)
def test_subject_faults(subject, faults):
    assert subject_faults(subject) == faults


@pytest.mark.parametrize(
    ("subject", "preheader", "same"),
    [
        ("The lamp is back", "the lamp is back!", True),
        ("The lamp is back", "The lamp is back in stock today", True),
        ("The lamp is back in stock", "The lamp is back", True),
        ("The lamp is back", "And it costs less", False),
        ("", "", False),
        ("The lamp", "", False),
    ],
)
def test_says_the_same(subject, preheader, same):
    assert says_the_same(subject, preheader) is same
