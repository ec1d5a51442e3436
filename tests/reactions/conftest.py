from __future__ import annotations

import pytest

from winback.reactions.views import tracking


@pytest.fixture(autouse=True)
def _nothing_kept_by_an_earlier_process():
    """Else the first hit of a test brings hits in, in a thread of its own."""
    tracking._may_have_kept.clear()
    yield
    tracking._may_have_kept.clear()
