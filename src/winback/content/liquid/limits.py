"""How much one rendering may do: counted first, so it is the same everywhere.

A template's author is trusted with words, not with the worker's time and
memory. Every loop turn, filter call and written character is charged; the
first charge over the budget ends the rendering with a clear error. The numbers
are our own choice: some hundred times what a rich mail needs. A clock is the last
fence: it ends a rendering that the counts let live too long on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import StringIO
from time import monotonic
from typing import TextIO

from django.utils.translation import gettext as _
from liquid import BoundTemplate, RenderContext
from liquid.exceptions import (
    FilterArgumentError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
)
from liquid.token import Token

MAX_SOURCE_LENGTH = 512 * 1024
MAX_NODES = 20_000
MAX_OUTPUT_LENGTH = 1024 * 1024
MAX_VALUE_LENGTH = 128 * 1024
MAX_LOOP_TURNS = 10_000
MAX_NODE_VISITS = 400_000
MAX_FILTER_WORK = 200_000
MAX_NUMBER_BITS = 128
MAX_NUMBER_DIGITS = 38  # as many as MAX_NUMBER_BITS hold
MAX_LIST_LENGTH = 10_000
MAX_SECONDS = 10.0


class LimitedBuffer(StringIO):
    """A text buffer that ends a rendering which writes too much."""

    def __init__(self, context: LimitedContext) -> None:
        super().__init__()
        self._context = context

    def write(self, text: str, /) -> int:
        self._context.charge_output(len(text))
        return super().write(text)


class LimitedContext(RenderContext):
    """One rendering's variables and what is left of its budget."""

    __slots__ = ("ends_at", "filter_work", "loop_turns", "output_length")

    def __init__(
        self,
        template: BoundTemplate,
        values: Mapping[str, object],
        *,
        loop_turns: int = MAX_LOOP_TURNS,
    ) -> None:
        super().__init__(template, globals=values)
        self.loop_turns = loop_turns
        self.filter_work = MAX_FILTER_WORK
        self.output_length = MAX_OUTPUT_LENGTH
        self.ends_at = monotonic() + MAX_SECONDS

    def look_at_clock(self) -> None:
        if monotonic() > self.ends_at:
            raise ResourceLimitError("too much time", token=None)

    def charge_output(self, length: int) -> None:
        self.output_length -= length
        if self.output_length < 0:
            raise OutputStreamLimitError("too much output", token=None)

    def charge_work(self, amount: int) -> None:
        self.look_at_clock()
        self.filter_work -= amount
        if self.filter_work < 0:
            raise ResourceLimitError("too much filter work", token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.look_at_clock()
        self.loop_turns -= length
        if self.loop_turns < 0:
            raise LoopIterationLimitError("too many loop turns", token=None)

    def assign(self, key: str, val: object) -> None:
        if key not in self.locals and len(self.locals) >= 1000:
            raise LocalNamespaceLimitError("too many variables", token=None)
        super().assign(key, val)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return LimitedBuffer(self)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        return partial(self._filtered, super().filter(name, token))

    def _filtered(
        self, function: Callable[..., object], left: object, *arguments: object
    ) -> object:
        self.charge_work(1 + sum(_size(value) for value in (left, *arguments)) // 64)
        if any(map(_is_long_list, (left, *arguments))):
            raise ResourceLimitError("too long a list", token=None)
        try:
            result = function(left, *arguments)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise FilterArgumentError(
                _("a value does not fit what is done with it"), token=None
            ) from error
        if _size(result) > MAX_VALUE_LENGTH or _is_huge(result):
            raise ResourceLimitError("too large a value", token=None)
        if _is_long_list(result):
            raise ResourceLimitError("too long a list", token=None)
        return result


def _is_long_list(value: object) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return is_list and _size(value) > MAX_LIST_LENGTH


def _size(value: object) -> int:
    if isinstance(value, str | Sequence):
        try:
            return len(value)
        except OverflowError:  # a range of more than 2**63 numbers
            return MAX_FILTER_WORK * 64
    return 0


def _is_huge(value: object) -> bool:
    return isinstance(value, int) and value.bit_length() > MAX_NUMBER_BITS


def allowed_loop_turns(nodes: int) -> int:
    """Loop turns for a template of ``nodes`` nodes: each turn may visit them all."""
    return min(MAX_LOOP_TURNS, MAX_NODE_VISITS // max(nodes, 1))
