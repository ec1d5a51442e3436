"""``winback demo``: the whole main job without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "winback", "demo", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_demo_plays_the_main_job_and_every_sum_holds(tmp_path):
    # A home of the caller's own must be left alone.
    done = demo("--json", WINBACK_HOME=str(tmp_path / "mine"))

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["problems"] == []
    assert report["matched"] == report["will_be_mailed"] + sum(
        report["left_out"].values()
    )
    assert report["will_be_mailed"] == report["sent"] > 100
    assert (report["failed"], report["uncertain"]) == (0, 0)
    counts = {name: figure["count"] for name, figure in report["buttons"].items()}
    played = report["reactions"]
    assert counts["sent"] == report["sent"]
    assert counts["received"] == report["sent"] - played["bounced"]
    assert counts["replied"] == counts["leads"] == played["replied"] > 0
    assert counts["clicked"] == played["clicked"] > 0
    assert counts["opened"] == sum(
        played[name] for name in ("opened", "clicked", "replied")
    )
    assert counts["ignored"] == counts["received"] - counts["opened"]
    assert report["buttons"]["clicked"]["rate"] == pytest.approx(
        counts["clicked"] / counts["received"]
    )
    assert not (tmp_path / "mine").exists()
