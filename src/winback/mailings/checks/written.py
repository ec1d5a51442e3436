"""What a mailing says, compiled and written to an invented person, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.inspection.tree import Tree, read_tree
from winback.content.languages import addressed_to
from winback.content.liquid.engine import compile_template
from winback.content.merge import our_side
from winback.content.models import BodyKind
from winback.content.rendering import CompiledContent, MergeContext, RenderedMail
from winback.core.models import Installation
from winback.mailings.check_lines import CheckLine, bad
from winback.mailings.contents import compile_version_content
from winback.mailings.models import Mailing, VersionContent


@dataclass(frozen=True, kw_only=True)
class Written:
    """One content as an invented person who has everything would get it."""

    content: VersionContent
    compiled: CompiledContent
    mail: RenderedMail
    preheader: str
    links: dict[int, str]  # filled addresses of tracked links by position
    is_one_of_many: bool

    @cached_property
    def tree(self) -> Tree:
        return read_tree(self.mail.html)

    @property
    def name(self) -> str:
        """The content's language, as people choose it on the form."""
        return addressed_to(self.content.language)

    @property
    def is_code(self) -> bool:
        """Whether its author writes HTML or MJML, and so can mend them."""
        return self.content.body_kind != BodyKind.TEXT

    def told(self, detail: str) -> str:
        """A detail with its language before it where there are several."""
        return f"{self.name}: {detail}" if self.is_one_of_many else detail


def write_contents(
    contents: list[VersionContent], mailing: Mailing, installation: Installation
) -> tuple[list[Written], list[CheckLine]]:
    """The contents that can be written, and a red line for each that cannot."""
    written: list[Written] = []
    lines: list[CheckLine] = []
    for content in contents:
        if not content.body.strip():
            lines.append(bad("body", _("The mail has no text yet."), "id_body"))
            continue
        try:
            compiled = compile_version_content(content, mailing, installation)
        except ContentError as error:
            lines.append(_unreadable(error))
        else:
            written.append(_write(content, compiled, is_one_of_many=len(contents) > 1))
    return written, lines


def _write(
    content: VersionContent, compiled: CompiledContent, *, is_one_of_many: bool
) -> Written:
    ours = {name: value for name, value in our_side().company.items() if value}
    values = sample_values()
    values["company"] = {**_group(values["company"]), **ours}
    links: dict[int, str] = {}

    def keep(position: int, url: str) -> str:
        links[position] = url
        return url

    context = MergeContext(values=values, rewrite_link=keep)
    preheader = compile_template(content.preheader, autoescape=False)
    return Written(
        content=content,
        compiled=compiled,
        mail=compiled.render(context),
        preheader=preheader.render(compiled.begin(context)).strip(),
        links=links,
        is_one_of_many=is_one_of_many,
    )


def _group(values: object) -> dict[str, object]:
    return dict(values) if isinstance(values, dict) else {}


def _unreadable(error: ContentError) -> CheckLine:
    details = [
        problem.message
        if problem.line is None
        else _("Line %(line)d: %(message)s")
        % {"line": problem.line, "message": problem.message}
        for problem in error.problems
    ]
    cure = f"id_{error.problems[0].part}"
    return bad("body", _("The content cannot be used as it is."), cure, details)
