"""Compiles every translation catalogue of the product; stops at a broken one."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    broken = 0
    for path in sorted(ROOT.glob("src/winback/**/locale/*/LC_MESSAGES/*.po")):
        try:
            with path.open("rb") as source:
                catalogue = read_po(source, abort_invalid=True)
        except PoFileError as error:
            sys.stderr.write(f"{path.relative_to(ROOT)}: {error}\n")
            broken += 1
            continue
        problems = [
            f"{path.relative_to(ROOT)}:{message.lineno}: {problem}\n"
            for message, problems in catalogue.check()
            for problem in problems
        ]
        sys.stderr.writelines(problems)
        broken += len(problems)
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
