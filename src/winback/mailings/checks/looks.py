"""Links, pictures, size, colours and what mail programs make of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.inspection.contrast import FaintWords, faint_words
from winback.content.inspection.pictures import pictures_of
from winback.content.inspection.support import Gap, gaps, known_facts
from winback.content.rendering import CLIPPED_AT_BYTES
from winback.core.formats import number_text
from winback.core.models import Installation
from winback.mailings.check_lines import (
    CheckLine,
    Level,
    apart,
    bad,
    good,
    unknown,
    warn,
)
from winback.mailings.checks.written import Written

SHOWN_DETAILS = 8
# What a tracked link's address has behind our own: "/t/c/" and the token.
TOKEN_LENGTH = 37


def links_line(written: list[Written]) -> CheckLine:
    links = [(one, link) for one in written for link in one.compiled.links]
    wrong = [
        one.told(apart(link.url_template)) for one, link in links if link.is_malformed
    ]
    if wrong:
        return bad("links", _("Some links lead nowhere."), "id_body", wrong)
    open_ends = [
        one.told(link.label or link.url_template)
        for one, link in links
        if link.is_placeholder
    ]
    if open_ends:
        text = _("Some links still have a placeholder as their address.")
        return warn("links", text, "id_body", open_ends)
    tracked = sum(link.is_tracked for _one, link in links)
    text = ngettext("%(n)s link is tracked.", "%(n)s links are tracked.", tracked)
    return good("links", text % {"n": number_text(tracked)})


def website_lines(
    written: list[Written], installation: Installation
) -> Iterator[CheckLine]:
    uses_it = any("company.website" in one.compiled.used_fields for one in written)
    if uses_it and not installation.website:
        text = _(
            "The mail links to your website, but its address is not known yet. "
            "An administrator enters it in the settings of the installation."
        )
        yield CheckLine(key="website", level=Level.BAD, text=text, is_for_settings=True)


def images_line(written: list[Written]) -> CheckLine:
    without = [
        one.told(apart(picture.name))
        for one in written
        for picture in pictures_of(one.tree)
        if not picture.has_alt
    ]
    if not without:
        return good("images", _("Every image has an alternative text."))
    text = ngettext(
        "%(n)s image has no alternative text.",
        "%(n)s images have no alternative text.",
        len(without),
    )
    text %= {"n": number_text(len(without))}
    return warn("images", text, "id_body", without[:SHOWN_DETAILS])


def size_line(written: list[Written]) -> CheckLine:
    largest = max(map(_size_bytes, written))
    numbers = {"size": number_text(max(1, round(largest / 1024)))}
    if largest > CLIPPED_AT_BYTES:
        text = _("The mail is %(size)s KB large; Gmail cuts off what is over 102 KB.")
        return warn("size", text % numbers, "id_body")
    return good("size", _("The mail is %(size)s KB large.") % numbers)


def _size_bytes(written: Written) -> int:
    """The HTML part as it is sent: tracked links have addresses of ours."""
    ours = len(settings.CONFIG.public_url) + TOKEN_LENGTH
    grown = sum(ours - len(url) for url in written.links.values())
    return len(written.mail.html.encode()) + max(0, grown)


def contrast_line(written: list[Written]) -> CheckLine:
    found = [(one, faint) for one in written for faint in faint_words(one.tree)]
    if not found:
        text = _("Every word stands out clearly from its background.")
        return good("contrast", text)
    text = ngettext(
        "%(n)s pair of colours is hard to read: choose a stronger contrast.",
        "%(n)s pairs of colours are hard to read: choose a stronger contrast.",
        len(found),
    )
    details = [one.told(_faint_text(faint)) for one, faint in found[:SHOWN_DETAILS]]
    return warn("contrast", text % {"n": number_text(len(found))}, "id_body", details)


def _faint_text(faint: FaintWords) -> str:
    text = (
        _("“%(words)s”: %(colour)s on %(ground)s in dark mode, %(ratio)s : 1")
        if faint.in_dark_mode
        else _("“%(words)s”: %(colour)s on %(ground)s, %(ratio)s : 1")
    )
    return text % {
        "words": faint.words,
        "colour": apart(faint.colour),
        "ground": apart(faint.ground),
        "ratio": number_text(round(faint.ratio, 1)),
    }


def support_lines(written: list[Written]) -> Iterator[CheckLine]:
    """What of the author's own HTML and CSS some mail programs do not show."""
    code = [one for one in written if one.is_code]
    if not code:
        return
    facts = known_facts()
    if facts is None:
        text = _("What mail programs show: not checked, the front end is not built.")
        yield unknown("support", text)
        return
    found = [
        (one, gap) for one in code for gap in gaps(one.tree, one.content.body, facts)
    ]
    serious = [one.told(_gap_text(gap)) for one, gap in found if not gap.is_graceful]
    mild = [one.told(_gap_text(gap)) for one, gap in found if gap.is_graceful]
    if serious:
        text = _("Some mail programs do not show everything as you wrote it.")
        yield warn("support", text, "id_body", serious[:SHOWN_DETAILS])
    elif mild:
        text = _("Every mail program shows it; in some it looks plainer.")
        yield good("support", text, mild[:SHOWN_DETAILS])
    else:
        yield good("support", _("Every mail program shows what you wrote."))


def _gap_text(gap: Gap) -> str:
    return _("%(what)s (line %(line)s): not in %(programs)s") % {
        "what": apart(gap.written),
        "line": number_text(gap.line),
        "programs": ", ".join(map(apart, gap.programs)),
    }
