"""The mail as it was sent, with a figure on each of its links."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.merge import MERGE_RELATIONS, merge_values, our_side
from winback.content.rendering import MergeContext, RenderError
from winback.core.formats import number_text
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.mailings.contents import compile_version_content, written_language
from winback.mailings.models import Fate, Mailing, VersionContent
from winback.mailings.preview import NOWHERE
from winback.results.queries.links import LinkFigures

# Laid over the mail: it takes no room, so that the mail looks as it did.
_BADGE = (
    '<span title="{title}" style="position:absolute;z-index:9;margin:-17px 0 0 -17px;'
    "min-width:18px;padding:0 6px;border-radius:9px;box-sizing:border-box;"
    "background:{colour};color:#fff;font:bold 12px/18px Tahoma,Arial,sans-serif;"
    "text-align:center;text-decoration:none;letter-spacing:0;white-space:nowrap;"
    'border:1px solid #fff">{figure}</span>'
)
# White letters on each have a contrast of at least 4.5 (WCAG 2.2, 1.4.3).
COLOURS = ("#475569", "#1d4ed8", "#6d28d9", "#b91c1c")


def clicked_mail(
    mailing: Mailing, content: VersionContent, figures: list[LinkFigures]
) -> str:
    """The HTML of one content with badges, for a sandboxed frame. Its links are dead.

    As the first person whom it was sent to got it, or an invented one. "" if an
    upgrade has made the content unreadable.
    """
    mark = secrets.token_hex(8)  # nothing in the mail can look like our marks
    by_position = {
        one.link.position: one for one in figures if one.link.content_id == content.pk
    }
    installation = Installation.current()
    language = written_language(content, installation)
    try:
        compiled = compile_version_content(content, mailing, installation)
        context = MergeContext(
            values=_values(mailing, content, language),
            rewrite_link=lambda position, _url: f"#{mark}-{position}-",
        )
        html = compiled.render(context).html
    except (ContentError, RenderError):
        return ""
    return _with_badges(html, mark, by_position)


def _values(
    mailing: Mailing, content: VersionContent, language: str
) -> Mapping[str, object]:
    sent = mailing.recipients.filter(fate=Fate.SENT, version=content.version_id)
    leads = Lead.objects.select_related(*MERGE_RELATIONS)
    if content.language:
        sent = sent.filter(language=content.language)
    lead = leads.filter(pk__in=sent.order_by("pk").values("lead")[:1]).first()
    if lead is None:
        return {**sample_values(), "language_code": language}
    return merge_values(
        lead,
        language=language,
        ours=our_side(),
        mailing_name=str(mailing),
        unsubscribe_url=NOWHERE,
        view_url=NOWHERE,
    )


def _with_badges(html: str, mark: str, by_position: dict[int, LinkFigures]) -> str:
    most = max((one.people for one in by_position.values()), default=0)

    def badge(match: re.Match[str]) -> str:
        before, position, after = match.groups()
        figures = by_position.get(int(position))
        shown = _badge(figures, most) if figures else ""
        return f"{before}#link-{position}{after}{shown}"

    return re.sub(rf"(<[^<>]*)#{mark}-(\d+)-([^<>]*>)", badge, html)


def _badge(figures: LinkFigures, most: int) -> str:
    return _BADGE.format(
        title=escape(badge_words(figures)),
        colour=_colour(figures.people, most),
        figure=escape(number_text(figures.people)),
    )


def badge_words(figures: LinkFigures) -> str:
    """What a badge says when it is pointed at."""
    people = ngettext("%(n)s person", "%(n)s people", figures.people)
    programs = ngettext("%(n)s program", "%(n)s programs", figures.machines)
    return _("%(people)s, %(programs)s") % {
        "people": people % {"n": number_text(figures.people)},
        "programs": programs % {"n": number_text(figures.machines)},
    }


def _colour(people: int, most: int) -> str:
    if not people:
        return COLOURS[0]
    return COLOURS[min(3, 1 + people * 3 // (most + 1))]
