"""A mail as one real person would get it, without sending it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.languages import language_order
from winback.content.merge import MERGE_RELATIONS, merge_values, our_side
from winback.content.rendering import MergeContext, RenderedMail, RenderError
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.mailings.contents import (
    FOR_EVERYBODY_ELSE,
    compile_version_content,
    content_for,
    main_version,
    written_language,
)
from winback.mailings.models import Fate, Mailing
from winback.mailings.queries import planned_people
from winback.segments.rules import RuleTreeError

_DARK_RULES = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
NOWHERE = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A rendered mail, or why there is none."""

    mail: RenderedMail | None
    language: str
    problems: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """One person of the audience and who stands before and after."""

    lead: Lead | None
    previous_id: int | None
    next_id: int | None
    position: int
    total: int


def neighbours(mailing: Mailing, lead_id: int | None, *, now: datetime) -> Neighbours:
    """The person to preview as: ``lead_id`` if of the audience, else the first.

    Once the mailing has started, its audience is whom it is for in the ledger.
    """
    try:
        people = _people(mailing, now=now)
        total = people.count()
    except RuleTreeError:
        return Neighbours(
            lead=None, previous_id=None, next_id=None, position=0, total=0
        )
    full = people.select_related(*MERGE_RELATIONS)
    lead = full.filter(pk=lead_id).first() if lead_id else None
    lead = lead or full.first()
    if lead is None:
        return Neighbours(
            lead=None, previous_id=None, next_id=None, position=0, total=total
        )
    before = people.filter(pk__lt=lead.pk)
    after = people.filter(pk__gt=lead.pk)
    return Neighbours(
        lead=lead,
        previous_id=before.order_by("-pk").values_list("pk", flat=True).first(),
        next_id=after.values_list("pk", flat=True).first(),
        position=before.count() + 1,
        total=total,
    )


def _people(mailing: Mailing, *, now: datetime) -> QuerySet[Lead]:
    if mailing.started_at is None:
        return planned_people(mailing, now=now)
    chosen = mailing.recipients.exclude(fate=Fate.LEFT_OUT)
    return Lead.objects.filter(pk__in=chosen.values("lead")).order_by("pk")


def preview_mail(
    mailing: Mailing, lead: Lead | None, *, language: str | None = None
) -> Preview:
    """The mailing's mail for ``lead`` (an invented person if None).

    ``language`` picks a content by hand ("" the general one); if it is None, the
    person's language does.
    """
    installation = Installation.current()
    of_person = lead.language if lead else FOR_EVERYBODY_ELSE
    wanted = of_person if language is None else language
    contents = main_version(mailing).contents.all()
    order = language_order(installation) if language is None else None
    content = content_for(contents, wanted, order)
    if content is None:
        return Preview(mail=None, language=wanted, problems=[])
    shown = written_language(content, installation)
    try:
        compiled = compile_version_content(content, mailing, installation)
        values = _values(mailing, lead, language=shown)
        mail = compiled.render(MergeContext(values=values))
    except ContentError as error:
        problems = [problem.message for problem in error.problems]
        return Preview(mail=None, language=shown, problems=problems)
    except RenderError as error:
        return Preview(mail=None, language=shown, problems=[str(error)])
    return Preview(mail=mail, language=shown, problems=[])


def _values(mailing: Mailing, lead: Lead | None, *, language: str) -> dict[str, object]:
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


def in_colours(html: str, *, dark: bool) -> str:
    """``html`` with its dark rules always or never in force, to be looked at."""
    return _DARK_RULES.sub("@media all" if dark else "@media not all", html)
