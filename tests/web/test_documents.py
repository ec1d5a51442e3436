"""Documents that must not fall behind the code."""

from __future__ import annotations

import re
from pathlib import Path

from winback.core.config import KNOWN_VARIABLES

ROOT = Path(__file__).resolve().parents[2]


def test_admin_guide_tells_every_setting_and_no_other():
    table = (ROOT / "docs" / "admin.md").read_text()

    told = re.findall(r"^\| `(WINBACK_[A-Z_]+)` \|", table, re.MULTILINE)

    assert sorted(told) == sorted(KNOWN_VARIABLES)


def test_example_environment_names_only_known_settings():
    lines = (ROOT / "deploy" / "winback.env").read_text().splitlines()

    names = {line.split("=")[0] for line in lines if line.startswith("WINBACK_")}

    assert names - KNOWN_VARIABLES == set()


def test_locks_carry_hashes_and_no_index_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert text.count("==") <= text.count("--hash=sha256:"), lock.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
