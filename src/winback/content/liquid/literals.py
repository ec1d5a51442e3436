"""Quoted texts in conditions: what cannot stand in one is written by its number.

Liquid knows no escapes. A name with both kinds of quotation marks, a line break
or a brace could be asked for by no condition; here ``&#34;`` in the quoted text
of a condition stands for ``"``. The editor writes it so, see ``conditions.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import StringLiteral
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode

_NUMBER = re.compile(r"&#(\d{1,7});")
_LAST_CODE_POINT = 0x10FFFF
_ASKING = (ConditionalBlockNode, CaseNode, IfNode, MultiExpressionBlockNode, UnlessNode)


def read_numbers(text: str) -> str:
    """``text`` with the character in place of each ``&#number;``."""
    return _NUMBER.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    number = int(match.group(1))
    return chr(number) if number <= _LAST_CODE_POINT else match.group()


def read_literals(nodes: Iterable[Node]) -> None:
    """Read the numbers in every quoted text that a condition compares with.

    Texts that are written into the mail stay as they are.
    """
    waiting = [
        expression
        for node in nodes
        if isinstance(node, _ASKING)
        for expression in node.expressions()
    ]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, StringLiteral):
            expression.value = read_numbers(expression.value)
        waiting.extend(expression.children())
