"""Templates compiled once into constant stretches and holes.

A compiled template is the list of its top-level pieces: plain strings, and
callables that write one piece for one person. A mail with ten merge fields is
so filled with ten small calls; a loop or a condition is one piece as well,
rendered by Liquid itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from liquid import Environment, Mode
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import (
    BooleanExpression,
    FilteredExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.logical import is_truthy
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError, LiquidInterrupt, StopRender
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token
from markupsafe import escape

from winback.content.liquid.filters import register_filters
from winback.content.liquid.limits import (
    LimitedBuffer,
    LimitedContext,
    allowed_loop_turns,
)
from winback.content.liquid.literals import read_literals
from winback.content.liquid.ranges import guard_ranges

Values = Mapping[str, object]
LinkWriter = Callable[[int, "RenderState"], str]
TAGS = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    cycle_tag.CycleTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)
# What Liquid itself answers for these names; they are no keys of ours.
SUBSCRIPTS = frozenset({"size", "first", "last"})
LINK_TAG = "winback_link"


class RenderError(Exception):
    """One person's values cannot be put into this template; says why."""


class RenderState:
    """One person's rendering: their values, and one Liquid context per template."""

    __slots__ = ("contexts", "link", "values")

    def __init__(self, values: Values, link: Callable[[int, str], str]) -> None:
        self.values = values
        self.link = link  # (position, address) -> the address to put in the mail
        self.contexts: dict[int, LimitedContext] = {}


Hole = Callable[[RenderState], str]


@dataclass(frozen=True, slots=True)
class LinkHole:
    """The hole of a link's address; delivery fills the plain ones by itself."""

    position: int
    writer: LinkWriter

    def __call__(self, state: RenderState) -> str:
        return self.writer(self.position, state)


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template as constant strings and holes, in order."""

    parts: tuple[str | Hole, ...]

    def render(self, state: RenderState) -> str:
        """The text for one person. Raises RenderError."""
        return "".join(
            [part if isinstance(part, str) else part(state) for part in self.parts]
        )

    @property
    def is_constant(self) -> bool:
        return all(isinstance(part, str) for part in self.parts)


def make_environment(*, autoescape: bool) -> Environment:
    """An environment that reads no files and knows only our tags and filters."""
    env = Environment(tolerance=Mode.STRICT, autoescape=autoescape)
    env.tags.clear()
    for tag in TAGS:
        env.add_tag(tag)
    register_filters(env)
    return env


class LinkNode(Node):
    """Where a link's address goes. ``rendering`` puts these in, never people."""

    __slots__ = ("position", "writer")

    def __init__(self, token: Token, position: int, writer: LinkWriter) -> None:
        super().__init__(token)
        self.position = position
        self.writer = writer
        self.blank = False

    def render_to_output(self, context: object, buffer: TextIO) -> int:
        if not isinstance(context, StateContext):  # pragma: no cover
            raise TypeError("links are written for one person only")
        return buffer.write(self.writer(self.position, context.state))


class StateContext(LimitedContext):
    """A context that knows the rendering it belongs to."""

    __slots__ = ("state",)

    def __init__(self, template: BoundTemplate, state: RenderState, turns: int) -> None:
        super().__init__(template, state.values, loop_turns=turns)
        self.state = state


def _link_tag(writer: LinkWriter) -> type[Tag]:
    class LinkTag(Tag):
        name = LINK_TAG
        block = False

        def parse(self, stream: TokenStream) -> Node:
            token = stream.eat(TOKEN_TAG)
            position = int(stream.expect(TOKEN_EXPRESSION).value)
            return LinkNode(token, position, writer)

    return LinkTag


@dataclass(frozen=True, slots=True)
class _Compiler:
    template: BoundTemplate
    autoescape: bool
    turns: int
    has_variables: bool

    def parts_of(self, nodes: list[Node]) -> tuple[str | Hole, ...]:
        """``nodes`` as constant stretches, joined where they touch, and holes."""
        parts: list[str | Hole] = []
        for node in nodes:
            part = self._part_of(node)
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
        return tuple(parts)

    def _part_of(self, node: Node) -> str | Hole:
        if isinstance(node, content.ContentNode):
            return node.text
        if isinstance(node, LinkNode):
            return LinkHole(node.position, node.writer)
        return (
            self._lookup_hole(node)
            or self._question_hole(node)
            or self._slow_hole(node)
        )

    def _lookup_hole(self, node: Node) -> Hole | None:
        """A plain look-up for ``{{ a.b | default: "c" }}``, most of all holes."""
        if self.has_variables or not isinstance(node, output.OutputNode):
            return None
        expression = node.expression
        if not isinstance(expression, FilteredExpression):
            return None
        fallback = _constant_default(expression.filters or [])
        keys = _constant_path(expression.left)
        if fallback is None or keys is None:
            return None
        return LookupHole.of(keys, fallback, self.autoescape)

    def _question_hole(self, node: Node) -> Hole | None:
        """``{% if a.b %}...{% else %}...{% endif %}`` without asking Liquid."""
        if self.has_variables or not isinstance(node, if_tag.IfNode):
            return None
        condition = node.condition
        if node.alternatives or not isinstance(condition, BooleanExpression):
            return None
        keys = _constant_path(condition.expression)
        if keys is None or node.blank:
            return None
        yes = CompiledTemplate(self.parts_of(node.consequence.nodes))
        no = CompiledTemplate(self.parts_of(node.default.nodes if node.default else []))
        value_of = _value_reader(keys)

        def hole(state: RenderState) -> str:
            return (yes if is_truthy(value_of(state)) else no).render(state)

        return hole

    def _slow_hole(self, node: Node) -> Hole:
        template, turns = self.template, self.turns

        def hole(state: RenderState) -> str:
            context = state.contexts.get(id(template))
            if context is None:
                context = StateContext(template, state, turns)
                state.contexts[id(template)] = context
            buffer = LimitedBuffer(context)
            try:
                node.render(context, buffer)
            except LiquidInterrupt:
                pass  # a break outside of a loop
            except StopRender:
                pass
            except (LiquidError, ArithmeticError, ValueError) as error:
                raise RenderError(plain_message(error)) from error
            except RecursionError as error:
                raise RenderError("nested too deeply") from error
            return buffer.getvalue()

        return hole


def compile_template(
    source: str, *, autoescape: bool, link_writer: LinkWriter | None = None
) -> CompiledTemplate:
    """``source`` ready to be filled many times.

    ``link_writer`` fills ``{% winback_link n %}``, which only ``rendering``
    writes; without it the tag does not exist. Raises LiquidError for a syntax
    fault: ``checking`` finds those first and words them for people.
    """
    env = make_environment(autoescape=autoescape)
    if link_writer is not None:
        env.add_tag(_link_tag(link_writer))
    template = env.from_string(source)
    nodes = list(walk(template.nodes))
    guard_ranges(nodes)
    read_literals(nodes)
    compiler = _Compiler(
        template=template,
        autoescape=autoescape,
        turns=allowed_loop_turns(len(nodes)),
        has_variables=any(_sets_variables(node) for node in nodes),
    )
    return CompiledTemplate(compiler.parts_of(template.nodes))


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Every node below ``nodes``, parents first."""
    static = make_environment(autoescape=False).from_string("")
    waiting = list(reversed(nodes))
    context = LimitedContext(static, {})
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.children(context, include_partials=False))))


def plain_message(error: BaseException) -> str:
    """The engine's own words, without its drawing of the place."""
    if isinstance(error, LiquidError):
        return str(error.message)
    return str(error)


def _sets_variables(node: Node) -> bool:
    return bool(list(node.template_scope()))


def _constant_default(filters: list[Filter]) -> str | None:
    """The text of a lone ``default: "..."``; None if there is more to do."""
    if not filters:
        return ""
    if len(filters) > 1 or filters[0].name != "default":
        return None
    arguments = filters[0].args
    if len(arguments) != 1 or not isinstance(arguments[0], PositionalArgument):
        return None
    value = arguments[0].value
    return value.value if isinstance(value, StringLiteral) else None


def _constant_path(expression: Expression) -> list[str] | None:
    """The names of ``a.b.c``; None for anything that is looked up in another way."""
    if not isinstance(expression, Path):
        return None
    keys = [key for key in expression.path if isinstance(key, str)]
    is_plain = len(keys) == len(expression.path) and not SUBSCRIPTS & set(keys)
    return keys if is_plain else None


def _value_reader(keys: Sequence[str]) -> Callable[[RenderState], object]:
    root, *rest = keys

    def read(state: RenderState) -> object:
        value: Any = state.values.get(root)
        try:
            for key in rest:
                value = value[key]
        except (KeyError, TypeError):  # no such key; a text or None has none at all
            return None
        return value

    return read


@dataclass(frozen=True, slots=True)
class LookupHole:
    """``{{ a.b | default: "c" }}``; equal ones write the same for one person."""

    keys: tuple[str, ...]
    fallback: str
    autoescape: bool
    _read: Callable[[RenderState], object] = field(compare=False, repr=False)

    @classmethod
    def of(cls, keys: Sequence[str], fallback: str, autoescape: bool) -> LookupHole:
        return cls(tuple(keys), fallback, autoescape, _value_reader(keys))

    def __call__(self, state: RenderState) -> str:
        value = self._read(state)
        if value is None or value == "" or value is False:
            text = self.fallback
        else:
            text = "true" if value is True else str(value)
        # The author's own fallback is text like any other.
        return str(escape(text)) if self.autoescape else text
