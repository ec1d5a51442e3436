"""Finds what is wrong with a template before anybody is written to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from liquid import Environment
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.exceptions import (
    BlockNestingError,
    LiquidError,
    LiquidSyntaxError,
    LoopIterationLimitError,
    ResourceLimitError,
)
from liquid.expression import Expression
from liquid.static_analysis import TemplateAnalysis
from liquid.template import BoundTemplate

from winback.content.errors import ContentProblem
from winback.content.fields import (
    FIELD_PATHS,
    GROUP_PATHS,
    empty_values,
    is_known,
    nearest,
    sample_values,
)
from winback.content.foreign_fields import field_meant
from winback.content.liquid.engine import (
    RenderError,
    RenderState,
    compile_template,
    make_environment,
    plain_message,
    walk,
)
from winback.content.liquid.limits import (
    MAX_NODES,
    MAX_SOURCE_LENGTH,
    LimitedContext,
)

# What a template finds beside the merge fields.
OWN_NAMES = {"forloop", "language_code"}
_READS_FILES = re.compile(r"{%-?\s*(include|render|layout|extends|import)\b")
_UNKNOWN_TAG = re.compile(r"unexpected tag '?([^']*)'?")
_UNCLOSED_TAG = re.compile(r"expected tag end(\w+), found end")


class Checker:
    """Checks the parts of one content and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[ContentProblem] = []
        self.used_fields: set[str] = set()
        # Those written somewhere without a fallback or a question before.
        self.bare_fields: set[str] = set()
        self._env: Environment = make_environment(autoescape=True)

    def check(self, part: str, source: str) -> None:
        """Look at one part; problems and the merge fields it uses are kept."""
        if len(source) > MAX_SOURCE_LENGTH:
            self._add(part, None, _("This is too long: at most 512 KB are possible."))
            return
        if "\0" in source:
            self._add(part, None, _("This holds a NUL character. Take it out."))
            return
        template = self._parse(part, source)
        if template is None:
            return
        before = len(self.problems)
        nodes = list(walk(template.nodes))
        self._check_markup(part, source, nodes)
        self.bare_fields |= bare_fields(template.nodes)
        self._check_groups(part, source, nodes)
        self._check_names(part, source, template.analyze(include_partials=False))
        if len(nodes) > MAX_NODES:
            self._add(part, None, _("This has too many Liquid tags."))
        if len(self.problems) == before:
            self._try_out(part, source)

    def _parse(self, part: str, source: str) -> BoundTemplate | None:
        try:
            return self._env.from_string(source)
        except (LiquidError, ValueError) as error:
            self._add(part, _line_of(error, source), _worded(error, source))
        except RecursionError:
            self._add(part, None, _("This is nested too deeply. Make it simpler."))
        return None

    def _check_markup(self, part: str, source: str, nodes: list[Node]) -> None:
        """Quoted text is put in as it is, so it must not be able to be markup."""
        for literal in _literals(nodes):
            if "<" in literal.value:
                message = _(
                    "HTML between quotes inside a Liquid tag is not possible. "
                    "Write the HTML outside of the tag."
                )
                self._add(part, _line_at(source, literal.token.start_index), message)

    def _check_groups(self, part: str, source: str, nodes: list[Node]) -> None:
        """A group of merge fields can be asked for, but has no words of its own."""
        for node in nodes:
            path = _written_path(node)
            fields = sorted(f for f in FIELD_PATHS if f.startswith(f"{path}."))
            if path in GROUP_PATHS:
                message = _(
                    "“%(path)s” holds several values. Choose one of them, such as "
                    "“%(field)s”."
                )
                message %= {"path": path, "field": _telling(path, fields)}
                self._add(part, _line_at(source, node.token.start_index), message)

    def _check_names(self, part: str, source: str, analysis: TemplateAnalysis) -> None:
        for name, spans in analysis.filters.items():
            if name not in self._env.filters:
                message = _("There is no filter “%(name)s”.") % {"name": name}
                self._add(part, _line_at(source, spans[0].index), message)
        for variables in analysis.globals.values():
            for variable in variables:
                path = _dotted(variable.segments)
                if path.split(".")[0] in OWN_NAMES:
                    continue
                self.used_fields.add(path)
                if not is_known(path):
                    line = _line_at(source, variable.span.index)
                    self._add(part, line, _unknown_field(path))

    def _try_out(self, part: str, source: str) -> None:
        """Render for somebody who has everything and somebody who has nothing."""
        compiled = compile_template(source, autoescape=True)
        for values in (sample_values(), empty_values()):
            try:
                compiled.render(RenderState(values, lambda _position, url: url))
            except RenderError as error:
                cause = error.__cause__ or error
                self._add(part, _line_of(cause, source), _worded(cause, source))
                return

    def _add(self, part: str, line: int | None, message: str) -> None:
        self.problems.append(ContentProblem(part=part, line=line, message=message))


def bare_fields(nodes: Iterable[Node], asked: frozenset[str] = frozenset()) -> set[str]:
    """Paths that are written as they are, though they may be empty.

    ``{{ a | default: "b" }}`` is not among them, nor is what stands below a
    condition that names the path or its group.
    """
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, OutputNode):
            path = _bare_path(node)
            groups = {path.rsplit(".", n)[0] for n in range(path.count(".") + 1)}
            if path and not groups & asked:
                found.add(path)
            continue
        named = frozenset(_paths(node.expressions()))
        below = node.children(_STATIC, include_partials=False)
        found |= bare_fields(below, asked | named)
    return found


def _written_path(node: Node) -> str:
    """What ``{{ path | filters }}`` writes; "" for other nodes, and for its size."""
    expression = node.expression if isinstance(node, OutputNode) else None
    if not isinstance(expression, FilteredExpression):
        return ""
    if any(one.name == "size" for one in expression.filters or []):
        return ""
    is_path = isinstance(expression.left, Path)
    return next(iter(_paths([expression.left])), "") if is_path else ""


def _telling(group: str, fields: list[str]) -> str:
    """The field of a group that was most likely meant: its name."""
    named = f"{group}.name"
    return named if named in fields else fields[0]


def _bare_path(node: OutputNode) -> str:
    expression = node.expression
    if not isinstance(expression, FilteredExpression):
        return ""
    if any(one.name == "default" for one in expression.filters or []):
        return ""
    return next(iter(_paths([expression.left])), "")


def _paths(expressions: Iterable[Expression]) -> Iterator[str]:
    waiting = list(expressions)
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Path):
            yield ".".join(str(segment) for segment in expression.path)
        waiting.extend(expression.children())


_STATIC = LimitedContext(make_environment(autoescape=False).from_string(""), {})


def _literals(nodes: list[Node]) -> Iterator[StringLiteral]:
    waiting = [expression for node in nodes for expression in node.expressions()]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, StringLiteral):
            yield expression
        waiting.extend(expression.children())


def _dotted(segments: list[object] | object) -> str:
    if not isinstance(segments, list):
        return str(segments)
    return ".".join(_dotted(segment) for segment in segments)


def _unknown_field(path: str) -> str:
    meant = field_meant(path) or nearest(path)
    if meant:
        return _("There is no merge field “%(path)s”. Did you mean “%(meant)s”?") % {
            "path": path,
            "meant": meant,
        }
    return _("There is no merge field “%(path)s”. Choose one from the list.") % {
        "path": path
    }


def _line_at(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


def _line_of(error: BaseException, source: str) -> int | None:
    token = error.token if isinstance(error, LiquidError) else None
    if token is None or token.start_index < 0:
        unclosed = _UNCLOSED_TAG.match(plain_message(error))
        opened = source.rfind("{% " + unclosed.group(1)) if unclosed else -1
        return _line_at(source, opened) if opened >= 0 else None
    return _line_at(source, token.start_index)


def _worded(error: BaseException, source: str) -> str:
    """The engine's complaint with what to do about it."""
    if _READS_FILES.search(source) and isinstance(error, LiquidSyntaxError):
        return _("A mail cannot take in other files. Put the text here instead.")
    for kind, wording in _wordings():
        if isinstance(error, kind):
            return wording
    message = plain_message(error)
    unclosed = _UNCLOSED_TAG.match(message)
    if unclosed:
        return _("The tag “%(name)s” is never closed. Add {%% end%(name)s %%}.") % {
            "name": unclosed.group(1)
        }
    unknown = _UNKNOWN_TAG.match(message)
    if unknown:
        return _("There is no tag “%(name)s”, or it is in the wrong place.") % {
            "name": unknown.group(1)
        }
    return _("This Liquid cannot be read: %(message)s. Correct or remove it.") % {
        "message": message.rstrip(".")
    }


def _wordings() -> Iterator[tuple[type[LiquidError], str]]:
    yield BlockNestingError, _("The tags are nested too deeply. Make it simpler.")
    yield (
        LoopIterationLimitError,
        _("This loop runs too often. A mail may have at most 10,000 turns in all."),
    )
    yield (
        ResourceLimitError,
        _("This produces too much text or needs too much work. Make it simpler."),
    )
