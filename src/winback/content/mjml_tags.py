"""What our MJML compiler writes wrongly, hidden while it works.

It writes attributes as a program's literals: a line break becomes ``\\n``, a
zero-width non-joiner ``\\u{200c}``. Such characters are exchanged for words that
it leaves alone. Of an attribute that is given twice the first one holds, as in
MJML.
"""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<(?P<name>[a-zA-Z][\w:-]*)(?P<rest>(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*)>"
)
_ATTRIBUTE = re.compile(
    r"(?P<before>\s+)(?P<name>[\w:.-]+)(?P<equals>\s*=\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*')"
)
_ODD = re.compile(r"[^ -\[\]-~]")
_HIDDEN = re.compile(r"zqx([0-9a-f]+)qz")
_BREAKS = re.compile(r"[ \t]*[\t\r\n]\s*")
_SHEET = re.compile(r"(<mj-style\b[^<>]*>)(.*?)(</mj-style\s*>)", re.DOTALL)
_REMARK = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
# The signs of an accordion whose author names none, from where MJML has them.
_MJMLS = "https://static.mailjet.com/mjml-website/documentation/accordion-arrow-"
_ICONS = {
    "https://i.imgur.com/bIXv1bk.png": f"{_MJMLS}down.png",
    "https://i.imgur.com/w4uTygT.png": f"{_MJMLS}up.png",
}


def hidden_characters(masked: str) -> str:
    """``masked`` with what the compiler would spoil as words, one attribute each.

    Style sheets lose their remarks; lines keep their numbers.
    """
    masked = _HIDDEN.sub("", masked)
    if masked.rfind("<mj-style") < masked.rfind("</mj-style"):  # else the parser tells
        masked = _SHEET.sub(_plain_sheet, masked)
    return _TAG.sub(_plain_tag, masked)


def shown_characters(html: str) -> str:
    """``html`` with the hidden characters in their places, and MJML's own icons."""
    for theirs, mjmls in _ICONS.items():
        html = html.replace(theirs, mjmls)
    return _HIDDEN.sub(lambda match: chr(int(match.group(1), 16)), html)


def _plain_sheet(match: re.Match[str]) -> str:
    opening, css, closing = match.groups()
    css = _REMARK.sub(lambda remark: "\n" * remark.group().count("\n"), css)
    return opening + css.replace("<", _hidden("<")) + closing


def _plain_tag(match: re.Match[str]) -> str:
    seen = set[str]()

    def plain(attribute: re.Match[str]) -> str:
        name = attribute["name"]
        if name in seen:
            return "\n" * attribute.group().count("\n")
        seen.add(name)
        lines = attribute["value"].count("\n") * "\n"
        before = attribute["before"] + lines + attribute["name"]
        return before + attribute["equals"] + _plain_value(attribute["value"])

    return f"<{match['name']}{_ATTRIBUTE.sub(plain, match['rest'])}>"


def _plain_value(quoted: str) -> str:
    value = _BREAKS.sub(" ", quoted[1:-1]).replace('"', "&quot;")
    return f'"{_ODD.sub(lambda odd: _hidden(odd.group()), value)}"'


def _hidden(character: str) -> str:
    return f"zqx{ord(character):x}qz"
