"""Ranges such as ``(1..1000000000)``: written in a moment, walked through for hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from liquid import RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.logical import ContainsExpression
from liquid.builtin.expressions.loop import LoopExpression
from liquid.exceptions import LoopIterationLimitError
from liquid.expression import Expression

from winback.content.liquid.limits import MAX_LOOP_TURNS


class ShortLoop(LoopExpression):
    """A loop that neither walks to an offset in a range of a thousand million nor
    lays it out in memory to go through it backwards."""

    __slots__ = ()

    def _to_iter(
        self, obj: object, context: RenderContext
    ) -> tuple[Iterator[Any], int]:
        # As far as a loop may go: a range is cut before anything is done with it.
        if isinstance(obj, range) and len(obj[: MAX_LOOP_TURNS + 1]) > MAX_LOOP_TURNS:
            raise LoopIterationLimitError("too many loop turns", token=None)
        return super()._to_iter(obj, context)


class CountedContains(ContainsExpression):
    """``contains`` that does not walk through a range of a thousand million."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        whole = self.left.evaluate(context)
        if not isinstance(whole, range):
            return super().evaluate(context)
        sought = self.right.evaluate(context)
        return isinstance(sought, int) and sought in whole


_GUARDED: dict[type[Expression], type[Expression]] = {
    ContainsExpression: CountedContains,
    LoopExpression: ShortLoop,
}


def guard_ranges(nodes: list[Node]) -> None:
    """Make what reads ranges below ``nodes`` keep to the limits."""
    waiting = [expression for node in nodes for expression in node.expressions()]
    while waiting:
        expression = waiting.pop()
        if guarded := _GUARDED.get(type(expression)):
            expression.__class__ = guarded
        waiting.extend(expression.children())
