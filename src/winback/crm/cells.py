"""Cells that a spreadsheet program must not run as formulas."""

from __future__ import annotations

import re

# OWASP "CSV Injection": what makes a program read a cell as a formula.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutralized(text: str) -> str:
    """``text`` with an apostrophe before it if it could be run as a formula."""
    return "'" + text if _FORMULA.match(text) else text


def with_formula_sign(text: str) -> str:
    """What ``neutralized`` was given; a cell it did not change stays as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def without_control(text: str) -> str:
    """``text`` for a spreadsheet: XML has no place for control characters."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")
