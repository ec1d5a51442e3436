"""Damaged messages, and the worst that we can write: each gets an answer.

Few by default; WINBACK_TEST_FUZZED_MESSAGES=1000000 for the whole of it, or ``python -m
tests.reactions.fuzz``, which measures time and memory too.
"""

import os
from itertools import islice

import pytest
from tests.reactions import fuzz
from tests.reactions.hostile import worst_cases

MESSAGES = int(os.environ.get("WINBACK_TEST_FUZZED_MESSAGES", "500"))


@pytest.mark.parametrize("first", range(0, MESSAGES, fuzz.BATCH))
def test_damaged_messages_raise_nothing(first):
    found = fuzz.run_batch(first, count=fuzz.BATCH, originals=fuzz.seeds())

    assert found["raised"] == []
    assert found["kinds"].total() == fuzz.BATCH


def test_every_seventh_of_the_worst_messages_raises_nothing():
    found = fuzz.measured(islice(worst_cases(5000), 0, None, 7))

    assert found["raised"] == []
    assert found["kinds"].total() > 100
