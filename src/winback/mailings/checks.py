"""Check before send: every line green, amber or red, with a link to its cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.errors import ContentError
from winback.content.fields import MERGE_FIELDS
from winback.content.rendering import CLIPPED_AT_BYTES, CompiledContent
from winback.core.addresses import parse_address
from winback.core.config import is_loopback
from winback.core.formats import number_text
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.core.sender_urls import sender_url_for
from winback.mailings.check_lines import CheckLine, Level, Planned, registered_lines
from winback.mailings.check_lines import bad as _bad
from winback.mailings.check_lines import good as _good
from winback.mailings.check_lines import warn as _warn
from winback.mailings.contents import compile_version_content, main_version
from winback.mailings.models import LeftOutReason, Mailing, VersionContent
from winback.mailings.queries import empty_field_counts, planned_figures
from winback.mailings.sender_domain import DomainFinding, check_domain
from winback.segments.rules import RuleTreeError
from winback.segments.waterfall import Waterfall

__all__ = ["CheckLine", "Level", "Report", "blocking_reasons", "check_mailing"]

# What one worker hands over per second to a relay nearby; only an estimate.
USUAL_MAILS_PER_SECOND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole check of one mailing."""

    lines: list[CheckLine]
    figures: Waterfall | None

    @property
    def blocks(self) -> bool:
        return any(line.level == Level.BAD for line in self.lines)


def check_mailing(mailing: Mailing, *, now: datetime, asks_dns: bool = True) -> Report:
    """Everything that can be told before the start.

    ``asks_dns`` False leaves the sender's domain unchecked; it is never asked
    in demo mode or when mail goes to this machine only.
    """
    installation = Installation.current()
    contents = list(main_version(mailing).contents.all())
    compiled, content_lines = _compiled(contents, mailing, installation)
    figures, audience_line = _audience(mailing, now=now)
    lines = [
        audience_line,
        *_left_out(figures),
        _sender(mailing),
        *(_domain(mailing) if asks_dns else []),
        _reply_address(mailing),
        _subject(contents),
        *content_lines,
    ]
    if compiled:
        lines += [
            *_removed(compiled),
            _unsubscribe(compiled),
            *_holes(mailing, compiled, figures, now=now),
            _links(compiled),
            *_website(compiled, installation),
            _images(compiled),
            _size(compiled),
        ]
    more = Planned(mailing=mailing, figures=figures, now=now)
    lines += registered_lines(more)
    # A room above that knows of more limits has told already how long it takes.
    if all(line.key != "duration" for line in lines):
        lines.append(_duration(mailing, figures))
    return Report(lines=lines, figures=figures)


def blocking_reasons(mailing: Mailing, *, now: datetime) -> list[str]:
    """Why the mailing may not be sent; empty if it may. Asks no DNS."""
    report = check_mailing(mailing, now=now, asks_dns=False)
    return [line.text for line in report.lines if line.level == Level.BAD]


def _audience(mailing: Mailing, *, now: datetime) -> tuple[Waterfall | None, CheckLine]:
    try:
        figures = planned_figures(mailing, now=now)
    except RuleTreeError as error:
        details = [f"{problem.path}: {problem.message}" for problem in error.problems]
        text = _("A rule cannot be evaluated, so nobody would be found.")
        return None, _bad("audience", text, "rules", details)
    if figures.will_be_mailed:
        text = ngettext(
            "%(n)s person will be mailed.",
            "%(n)s people will be mailed.",
            figures.will_be_mailed,
        )
        text %= {"n": number_text(figures.will_be_mailed)}
        return figures, _good("audience", text)
    return figures, _bad("audience", why_nobody(figures), "rules")


def why_nobody(figures: Waterfall) -> str:
    """Why a mailing would reach nobody, in one sentence."""
    if not figures.matched:
        return _("Nobody would get this mailing: no lead matches the rules.")
    reasons = _("; ").join(_reason_lines(figures))
    return ngettext(
        "Nobody would get this mailing: the %(n)s matched lead is left out "
        "(%(reasons)s).",
        "Nobody would get this mailing: all %(n)s matched leads are left out "
        "(%(reasons)s).",
        figures.matched,
    ) % {"n": number_text(figures.matched), "reasons": reasons}


def _reason_lines(figures: Waterfall) -> list[str]:
    return [
        f"{LeftOutReason(reason).label}: {number_text(count)}"
        for reason, count in figures.left_out.items()
        if count
    ]


def _left_out(figures: Waterfall | None) -> Iterator[CheckLine]:
    """Who is left out; the frequency cap's share has a line of its own."""
    if figures is None or not figures.will_be_mailed:
        return
    total = figures.matched - figures.will_be_mailed
    if total:
        text = ngettext(
            "%(n)s matched lead is left out.",
            "%(n)s matched leads are left out.",
            total,
        )
        lines = _reason_lines(figures)
        yield CheckLine(
            key="left_out",
            level=Level.GOOD,
            text=text % {"n": number_text(total)},
            cure="rules",
            details=lines,
        )
    capped = figures.left_out[LeftOutReason.RECENTLY_MAILED]
    if capped > figures.matched // 4:
        text = _("The frequency cap leaves out more than a quarter of the audience.")
        yield _warn("frequency_cap", text, "id_frequency_cap_days")


def _sender(mailing: Mailing) -> CheckLine:
    if parse_address(mailing.from_address).status != "ok":
        return _bad("sender", _("There is no valid from address."), "id_from_address")
    if not mailing.from_name:
        text = _("There is no from name; people see the bare address.")
        return _warn("sender", text, "id_from_name")
    text = _("From %(name)s <%(address)s>.")
    names = {"name": mailing.from_name, "address": mailing.from_address}
    return _good("sender", text % names)


def _domain(mailing: Mailing) -> Iterator[CheckLine]:
    domain = mailing.from_address.rpartition("@")[2]
    if not domain:
        return
    if settings.CONFIG.demo or _mail_stays_here():
        text = _("SPF, DKIM and DMARC: not checked, mail does not leave this machine.")
        yield CheckLine(key="domain", level=Level.UNKNOWN, text=text)
        return
    levels = {
        DomainFinding.FOUND: Level.GOOD,
        DomainFinding.NOT_REACHED: Level.UNKNOWN,
        DomainFinding.NOT_OURS: Level.UNKNOWN,
    }
    # A provider writes the mail anew, and signs it.
    url = sender_url_for(domain, settings.CONFIG.email_urls) or ""
    keys = () if is_provider_url(url) else settings.CONFIG.dkim
    for name, finding, text in check_domain(domain, keys=keys):
        yield CheckLine(key=name, level=levels.get(finding, Level.WARN), text=text)


def _mail_stays_here() -> bool:
    hosts = [urlsplit(url).hostname or "" for url in settings.CONFIG.email_urls]
    return all(map(is_loopback, hosts))


def _reply_address(mailing: Mailing) -> CheckLine:
    if not mailing.reply_to:
        text = _("Replies come back to Winback and are counted.")
        return _good("reply_to", text)
    domain = mailing.reply_to.rpartition("@")[2]
    if domain == settings.CONFIG.inbound_domain:
        return _good("reply_to", _("The reply address is read by Winback."))
    text = _(
        "Winback does not read %(address)s: replies sent there are not counted "
        "and restore nobody. Leave the field empty to have them counted."
    )
    return _warn("reply_to", text % {"address": mailing.reply_to}, "id_reply_to")


def _subject(contents: list[VersionContent]) -> CheckLine:
    empty = [content for content in contents if not content.subject.strip()]
    if empty:
        return _bad("subject", _("The subject is empty."), "id_subject")
    if not all(content.preheader.strip() for content in contents):
        text = _("There is no preheader; mail lists show the first words instead.")
        return _warn("subject", text, "id_preheader")
    return _good("subject", _("Subject and preheader are there."))


def _compiled(
    contents: list[VersionContent], mailing: Mailing, installation: Installation
) -> tuple[list[CompiledContent], list[CheckLine]]:
    compiled: list[CompiledContent] = []
    lines: list[CheckLine] = []
    for content in contents:
        if not content.body.strip():
            lines.append(_bad("body", _("The mail has no text yet."), "id_body"))
            continue
        try:
            compiled.append(compile_version_content(content, mailing, installation))
        except ContentError as error:
            lines.append(_unreadable(error))
    return compiled, lines


def _unreadable(error: ContentError) -> CheckLine:
    details = [
        problem.message
        if problem.line is None
        else _("Line %(line)d: %(message)s")
        % {"line": problem.line, "message": problem.message}
        for problem in error.problems
    ]
    cure = f"id_{error.problems[0].part}"
    return _bad("body", _("The content cannot be used as it is."), cure, details)


def _removed(compiled: list[CompiledContent]) -> Iterator[CheckLine]:
    details = [line for content in compiled for line in content.removed]
    if details:
        text = _("Cleaning took out what cannot be in a mail.")
        yield _warn("removed", text, "id_body", details)


def _unsubscribe(compiled: list[CompiledContent]) -> CheckLine:
    if any(content.footer_was_added for content in compiled):
        text = _("There is no unsubscribe link; one is added below your text.")
        return _good("unsubscribe", text)
    return _good("unsubscribe", _("The unsubscribe link is there."))


def _holes(
    mailing: Mailing,
    compiled: list[CompiledContent],
    figures: Waterfall | None,
    *,
    now: datetime,
) -> Iterator[CheckLine]:
    if figures is None:
        return
    bare = {path for content in compiled for path in content.bare_fields}
    counts = empty_field_counts(mailing, bare, now=now)
    if not counts:
        yield _good("holes", _("Every merge field has a value for everybody."))
        return
    names = {field.path: field.path.rpartition(".")[2] for field in MERGE_FIELDS}
    details = [
        ngettext(
            "“%(field)s” is empty for %(n)s person.",
            "“%(field)s” is empty for %(n)s people.",
            count,
        )
        % {"field": names.get(path, path), "n": number_text(count)}
        for path, count in counts.items()
    ]
    text = _("Some merge fields are empty for some people. Give each a fallback.")
    yield _warn("holes", text, "id_body", details)


def _links(compiled: list[CompiledContent]) -> CheckLine:
    links = [link for content in compiled for link in content.links]
    wrong = [link.url_template for link in links if link.is_malformed]
    if wrong:
        return _bad("links", _("Some links lead nowhere."), "id_body", wrong)
    open_ends = [
        link.label or link.url_template for link in links if link.is_placeholder
    ]
    if open_ends:
        text = _("Some links still have a placeholder as their address.")
        return _warn("links", text, "id_body", open_ends)
    tracked = sum(link.is_tracked for link in links)
    text = ngettext("%(n)s link is tracked.", "%(n)s links are tracked.", tracked)
    return _good("links", text % {"n": number_text(tracked)})


def _website(
    compiled: list[CompiledContent], installation: Installation
) -> Iterator[CheckLine]:
    uses_it = any("company.website" in content.used_fields for content in compiled)
    if uses_it and not installation.website:
        text = _(
            "The mail links to your website, but its address is not known yet. "
            "An administrator enters it in the settings of the installation."
        )
        yield CheckLine(key="website", level=Level.BAD, text=text, is_for_settings=True)


def _images(compiled: list[CompiledContent]) -> CheckLine:
    count = sum(content.images_without_alt for content in compiled)
    if not count:
        return _good("images", _("Every image has an alternative text."))
    text = ngettext(
        "%(n)s image has no alternative text.",
        "%(n)s images have no alternative text.",
        count,
    )
    return _warn("images", text % {"n": number_text(count)}, "id_body")


def _size(compiled: list[CompiledContent]) -> CheckLine:
    largest = max(content.size_bytes for content in compiled)
    numbers = {"size": number_text(max(1, round(largest / 1024)))}
    if largest > CLIPPED_AT_BYTES:
        text = _("The mail is %(size)s KB large; Gmail cuts off what is over 102 KB.")
        return _warn("size", text % numbers, "id_body")
    return _good("size", _("The mail is %(size)s KB large.") % numbers)


def _duration(mailing: Mailing, figures: Waterfall | None) -> CheckLine:
    people = figures.will_be_mailed if figures else 0
    rate = USUAL_MAILS_PER_SECOND * 3600
    if mailing.mails_per_hour:
        rate = min(rate, mailing.mails_per_hour)
    took = timedelta(seconds=round(people * 3600 / rate))
    minutes = max(1, round(took.total_seconds() / 60))
    text = ngettext(
        "Sending takes about %(n)s minute.",
        "Sending takes about %(n)s minutes.",
        minutes,
    )
    return _good("duration", text % {"n": number_text(minutes)})
