"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
import tempfile

# Tests never touch the home folder of the checkout.
os.environ.setdefault("WINBACK_HOME", tempfile.mkdtemp(prefix="winback-tests-"))
