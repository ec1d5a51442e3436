"""Writes requirements/*.txt anew: newest fitting versions, every file's hash.

The locks hold for every Python from 3.11 on and name no package index.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"),
    *("--no-header", "--no-annotate", "--quiet"),
)
# A later lock keeps the versions of the earlier one.
LOCKS = {"build": None, "node": None, "base": None, "dev": "base"}


def main() -> int:
    for name, like in LOCKS.items():
        constraint = ["-c", f"requirements/{like}.txt"] if like else []
        target = f"requirements/{name}.txt"
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *constraint),
                *(f"requirements/{name}.in", "-o", target),
            ],
            cwd=ROOT,
            check=True,
        )
        sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
