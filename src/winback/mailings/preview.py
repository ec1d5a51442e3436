"""A mail as one real person would get it, without sending it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.conf import settings

from winback.content.document import direction_of
from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.frames import in_colours
from winback.content.languages import language_order
from winback.content.liquid.engine import compile_template
from winback.content.merge import merge_values, our_side
from winback.content.rendering import (
    CompiledContent,
    MergeContext,
    RenderedMail,
    RenderError,
)
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.mailings.contents import (
    FOR_EVERYBODY_ELSE,
    compile_version_content,
    content_for,
    main_version,
    written_language,
)
from winback.mailings.models import Mailing, VersionContent

NOWHERE = "#"
# Mail lists show about so many letters of a mail, whatever it says.
INBOX_LETTERS = 200
_HEAD_ENDS = re.compile(r"</head\s*>", re.IGNORECASE)
# As programs do that know no dark rules, or do not ask: all colours turned round,
# pictures left as they are.
_TURNED_ROUND = (
    "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img,[background]{filter:invert(1) hue-rotate(180deg)}</style>"
)
_PICTURE = re.compile(
    r"(\ssrc=\"|\sbackground=\"|url\(\s*(?:&quot;|['\"])?)(https?://[^\"')\s]+)",
    re.IGNORECASE,
)
_NO_PICTURE = "data:,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A rendered mail, or why there is none."""

    mail: RenderedMail | None
    language: str
    problems: list[str] = field(default_factory=list)
    preheader: str = ""
    used_fields: frozenset[str] = frozenset()

    @property
    def direction(self) -> str:
        return direction_of(self.language)

    @property
    def inbox_words(self) -> str:
        """What a mail list shows behind the subject: preheader, else first words."""
        if self.preheader:
            return self.preheader[:INBOX_LETTERS]
        text = " ".join(self.mail.text.split()) if self.mail else ""
        return text[:INBOX_LETTERS]

    @property
    def foreign_pictures(self) -> int:
        """How many pictures other servers would be asked for."""
        return len(foreign_pictures(self.mail.html)) if self.mail else 0


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
        return Preview(mail=None, language=wanted)
    shown = written_language(content, installation)
    try:
        compiled = compile_version_content(content, mailing, installation)
        context = MergeContext(values=_values(mailing, lead, language=shown))
        return _rendered(content, compiled, context, language=shown)
    except ContentError as error:
        problems = [problem.message for problem in error.problems]
        return Preview(mail=None, language=shown, problems=problems)
    except RenderError as error:
        return Preview(mail=None, language=shown, problems=[str(error)])


def _rendered(
    content: VersionContent,
    compiled: CompiledContent,
    context: MergeContext,
    *,
    language: str,
) -> Preview:
    preheader = compile_template(content.preheader, autoescape=False)
    return Preview(
        mail=compiled.render(context),
        language=language,
        preheader=preheader.render(compiled.begin(context)).strip(),
        used_fields=compiled.used_fields,
    )


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


def turned_round(html: str) -> str:
    """``html`` as programs show it that darken every mail by force: simulated."""
    light = in_colours(html, dark=False)
    return _HEAD_ENDS.sub(lambda end: _TURNED_ROUND + end.group(), light, count=1)


def foreign_pictures(html: str) -> set[str]:
    """Addresses of pictures on servers that are not ours."""
    return {url for _before, url in _PICTURE.findall(html) if not _is_ours(url)}


def without_pictures(html: str, *, ours_too: bool) -> str:
    """``html`` in which other servers' pictures, or all, are as if switched off."""

    def taken_out(match: re.Match[str]) -> str:
        is_kept = _is_ours(match.group(2)) and not ours_too
        return match.group() if is_kept else match.group(1) + _NO_PICTURE

    return _PICTURE.sub(taken_out, html)


def _is_ours(url: str) -> bool:
    return url.startswith(settings.CONFIG.public_url + "/")
