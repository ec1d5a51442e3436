"""Subject, preheader and text of a mail."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from winback.content.fields import empty_values, sample_values
from winback.content.foreign_fields import ForeignField, foreign_fields
from winback.content.inspection.subjects import (
    LONGEST_SUBJECT,
    SubjectFault,
    says_the_same,
    subject_faults,
)
from winback.content.rendering import CompiledContent, MergeContext, RenderError
from winback.core.formats import number_text
from winback.mailings.check_lines import CheckLine, apart, bad, good, warn
from winback.mailings.checks.written import Written
from winback.mailings.models import VersionContent

MARK = "https://unsubscribe.invalid/"


def subject_lines(
    contents: list[VersionContent], written: list[Written]
) -> Iterator[CheckLine]:
    """The subject by itself, then the preheader beside it."""
    if any(not content.subject.strip() for content in contents):
        yield bad("subject", _("The subject is empty."), "id_subject")
        return
    faults = [
        one.told(_fault_text(fault, one.mail.subject))
        for one in written
        for fault in subject_faults(one.mail.subject)
    ]
    if faults:
        text = _("The subject may look like spam or be cut off.")
        yield warn("subject", text, "id_subject", faults)
    else:
        yield good("subject", _("The subject is there and has a good length."))
    yield _preheader(contents, written)


def _fault_text(fault: SubjectFault, subject: str) -> str:
    words = {"n": number_text(len(subject)), "most": number_text(LONGEST_SUBJECT)}
    return {
        SubjectFault.LONG: _(
            "It has %(n)s letters; phones cut off what is over %(most)s."
        ),
        SubjectFault.CAPITALS: _("Most of it is in capitals: it looks like spam."),
        SubjectFault.FAKE_ANSWER: _(
            "It begins like an answer to a mail that nobody wrote."
        ),
        SubjectFault.SHOUTS: _("Rows of ! or $ look like spam."),
        SubjectFault.SYMBOLS: _("It has many symbols: some programs show boxes."),
    }[fault] % words


def _preheader(contents: list[VersionContent], written: list[Written]) -> CheckLine:
    if not all(content.preheader.strip() for content in contents):
        text = _("There is no preheader; mail lists show the first words instead.")
        return warn("preheader", text, "id_preheader")
    same = [
        one.name for one in written if says_the_same(one.mail.subject, one.preheader)
    ]
    if same:
        text = _("The preheader repeats the subject. Let it say something more.")
        details = same if len(contents) > 1 else []
        return warn("preheader", text, "id_preheader", details)
    return good("preheader", _("The preheader goes on where the subject ends."))


def removed_lines(written: list[Written]) -> Iterator[CheckLine]:
    details = [one.told(line) for one in written for line in one.compiled.removed]
    if details:
        text = _("Cleaning took out what cannot be in a mail.")
        yield warn("removed", text, "id_body", details)


def foreign_lines(contents: list[VersionContent]) -> Iterator[CheckLine]:
    """Red if a merge field of another tool would go out as it is written."""
    details: list[str] = []
    cure = ""
    for content in contents:
        for part in ("subject", "preheader", "body"):
            found = foreign_fields(getattr(content, part))
            cure = cure or (f"id_{part}" if found else "")
            details += [_at_line(one) for one in found]
    if details:
        text = _(
            "Merge fields of another tool would go out as they are. Put ours there, "
            "or %(before)s and %(after)s around what is meant so."
        )
        around = {"before": apart("{% raw %}"), "after": apart("{% endraw %}")}
        yield bad("foreign", text % around, cure, list(dict.fromkeys(details)))


def _at_line(one: ForeignField) -> str:
    told = {"line": one.line, "message": field_told(one)}
    return _("Line %(line)d: %(message)s") % told


def field_told(one: ForeignField) -> str:
    """Another tool's merge field, and ours beside it where there is one."""
    return apart(f"{one.theirs} → {one.ours}" if one.ours else one.theirs)


def unsubscribe_line(written: list[Written]) -> CheckLine:
    """Red if some people would find no link, because a condition hides it."""
    without = [one.name for one in written if not _always_shows_it(one.compiled)]
    if without:
        text = _(
            "Some people would see no unsubscribe link: a condition hides it. Put "
            "it outside of the condition."
        )
        return bad("unsubscribe", text, "id_body", without if len(written) > 1 else [])
    if any(one.compiled.footer_was_added for one in written):
        text = _("There is no unsubscribe link; one is added below your text.")
        return good("unsubscribe", text)
    return good("unsubscribe", _("The unsubscribe link is there."))


def _always_shows_it(compiled: CompiledContent) -> bool:
    """For somebody who has everything, and for somebody who has nothing."""
    return all(
        _shows_it(compiled, {**values, "unsubscribe_url": MARK})
        for values in (sample_values(), empty_values())
    )


def _shows_it(compiled: CompiledContent, values: dict[str, object]) -> bool:
    try:
        mail = compiled.render(MergeContext(values=values))
    except RenderError:
        return True  # told elsewhere
    return f'href="{MARK}"' in mail.html
