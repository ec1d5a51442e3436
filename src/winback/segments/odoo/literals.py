"""Reads plain literals: lists, tuples, texts, numbers, True, False and None.

Our own reader and not ``ast``: nothing but these can be written in it, it says
how deep and how long it goes, and it also takes JSON's spelling of constants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from winback.segments.rules import fault

MAX_CHARACTERS = 1024 * 1024
MAX_NESTING = 8
MAX_ITEMS = 20_000
_CONSTANTS = {
    "True": True,
    "False": False,
    "None": None,
    "true": True,
    "false": False,
    "null": None,
}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<mark>[\[\](),])
    | (?P<text>u?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    | (?P<number>-?\d{1,30}(?:\.\d{1,30})?)(?![\w.])
    | (?P<word>[A-Za-z_]\w{0,200})
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
_CLOSING = {"[": "]", "(": ")"}

Literal = None | bool | int | float | str | list["Literal"]


def read_literal(text: str) -> Literal:
    """The value that ``text`` spells; tuples become lists.

    Raises RuleTreeError for anything that is not a plain literal.
    """
    if len(text) > MAX_CHARACTERS:
        raise fault("", "too_large", limit=MAX_CHARACTERS)
    reader = _Reader(text)
    value = reader.value(reader.token(), nesting=0)
    if reader.rest():
        raise fault("", "odoo_syntax")
    return value


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    items: int = 0

    def rest(self) -> str:
        return self.text[self.at :].strip()

    def token(self) -> re.Match[str]:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            raise fault("", "odoo_syntax")
        self.at = found.end()
        return found

    def value(self, token: re.Match[str], *, nesting: int) -> Literal:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise fault("", "too_many_values", limit=MAX_ITEMS)
        if token["text"]:
            return _text(token["text"])
        if token["number"]:
            number = token["number"]
            return float(number) if "." in number else int(number)
        if token["word"]:
            if token["word"] not in _CONSTANTS:
                raise fault("", "odoo_expression")
            return _CONSTANTS[token["word"]]
        if token["mark"] not in _CLOSING:
            raise fault("", "odoo_syntax")
        if nesting >= MAX_NESTING:
            raise fault("", "too_deep", limit=MAX_NESTING)
        return self.sequence(_CLOSING[token["mark"]], nesting=nesting + 1)

    def sequence(self, closing: str, *, nesting: int) -> list[Literal]:
        values: list[Literal] = []
        token = self.token()
        while token["mark"] != closing:
            values.append(self.value(token, nesting=nesting))
            token = self.token()
            if token["mark"] == ",":
                token = self.token()
            elif token["mark"] != closing:
                raise fault("", "odoo_syntax")
        return values


def _text(quoted: str) -> str:
    inner = quoted.removeprefix("u")[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    # An escape that means nothing stays as it is, backslash included.
    if found[4] in _ESCAPED:
        return _ESCAPED[found[4]]
    return found[4] if found[4] in "\\'\"/" else found[0]
