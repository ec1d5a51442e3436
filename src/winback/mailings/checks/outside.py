"""What only others can tell: the DNS, web pages, a spam scorer. Amber at most."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.inspection.pictures import (
    HEAVY_MAIL_BYTES,
    HEAVY_PICTURE_BYTES,
    Picture,
    pictures_of,
)
from winback.content.models import OutsideAddress
from winback.content.outside import is_due, look_up
from winback.content.pictures import known_sizes
from winback.core.formats import number_text
from winback.core.models import Installation
from winback.core.outward import Finding
from winback.mailings.check_lines import (
    CheckLine,
    Planned,
    apart,
    good,
    registered_outside_lines,
    unknown,
    warn,
)
from winback.mailings.checks.looks import SHOWN_DETAILS
from winback.mailings.checks.sender import domain_lines
from winback.mailings.checks.written import Written, write_contents
from winback.mailings.contents import main_version
from winback.mailings.models import Mailing

# An address that holds a value of the person leads everybody elsewhere.
_OF_THE_PERSON = re.compile(r"{[{%]-?\s*(?!company\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideReport:
    """Lines so far; while ``is_waiting``, ask again a moment later for the rest."""

    lines: list[CheckLine]
    is_waiting: bool


def outside_report(
    mailing: Mailing,
    *,
    now: datetime,
    wake: Callable[[], object],
    is_first: bool,
    is_last: bool = False,
) -> OutsideReport:
    """What others say. May take seconds at the ``is_first`` time.

    The DNS and a spam scorer are asked and told at the first time only. Web
    addresses begin to be asked then (``wake`` wakes a worker up for these), and
    are told once all of them have been, or what is known at the ``is_last`` time.
    """
    written = _written(mailing)
    lines: list[CheckLine] = []
    if is_first:
        planned = Planned(mailing=mailing, figures=None, now=now)
        lines += [*domain_lines(mailing), *registered_outside_lines(planned)]
    if not written:
        return OutsideReport(lines=lines, is_waiting=False)
    if not settings.CONFIG.asks_outside:
        text = _("Links and pictures: not tried, asking other servers is switched off.")
        return OutsideReport(lines=[*lines, unknown("alive", text)], is_waiting=False)
    links, pictures = _links(written), _pictures(written)
    rows = look_up([*links, *pictures], now=now, wake=wake)
    is_waiting = any(is_due(row, now=now) for row in rows)
    if not is_waiting or is_last:
        known = {row.url: row for row in rows if row.tried_at}
        lines += [*_alive(known), *_weight(known, written)]
    return OutsideReport(lines=lines, is_waiting=is_waiting)


def outside_addresses(mailing: Mailing) -> list[str]:
    """The web addresses of a mailing that ``outside_report`` asks."""
    written = _written(mailing)
    return [*_links(written), *_pictures(written)]


def _written(mailing: Mailing) -> list[Written]:
    contents = list(main_version(mailing).contents.order_by("language"))
    return write_contents(contents, mailing, Installation.current())[0]


def _links(written: list[Written]) -> list[str]:
    """Filled addresses of links that are the same for everybody, each once."""
    urls = (
        one.links[link.position].partition("#")[0]
        for one in written
        for link in one.compiled.links
        if link.position in one.links
        and not link.is_placeholder
        and not link.is_malformed
        and not _OF_THE_PERSON.search(link.url_template)
    )
    return list(dict.fromkeys(urls))


def _pictures(written: list[Written]) -> list[str]:
    """Addresses of pictures on other servers, each once."""
    ours = settings.CONFIG.public_url + "/"
    urls = (picture.address for picture in _shown(written) if picture.is_outside)
    return [url for url in dict.fromkeys(urls) if not url.startswith(ours)]


def _shown(written: list[Written]) -> Iterator[Picture]:
    for one in written:
        yield from pictures_of(one.tree)


def _alive(known: dict[str, OutsideAddress]) -> Iterator[CheckLine]:
    tried = list(known.values())
    dead = [_dead_text(row) for row in tried if row.is_dead]
    silent = [apart(row.url) for row in tried if row.finding == Finding.NO_ANSWER]
    if dead:
        text = ngettext(
            "%(n)s address does not work.", "%(n)s addresses do not work.", len(dead)
        )
        text %= {"n": number_text(len(dead))}
        yield warn("alive", text, "id_body", dead[:SHOWN_DETAILS])
    elif tried and len(silent) == len(tried):
        text = _("Links and pictures: not tried, nothing outside answers from here.")
        yield unknown("alive", text)
    elif silent:
        text = _("Some addresses did not answer within a few seconds.")
        yield warn("alive", text, "id_body", silent[:SHOWN_DETAILS])
    elif tried:
        text = ngettext(
            "%(n)s link or picture was tried and works.",
            "%(n)s links and pictures were tried and work.",
            len(tried),
        )
        yield good("alive", text % {"n": number_text(len(tried))})


def _dead_text(row: OutsideAddress) -> str:
    reasons = {
        Finding.GONE: _("nothing is there"),
        Finding.BROKEN: _("the server has a fault"),
        Finding.NO_HOST: _("there is no such host"),
        Finding.BAD_CERTIFICATE: _("its certificate is not valid"),
    }
    reason = reasons[Finding(row.finding)]
    status = f" ({row.status})" if row.status else ""
    return f"{apart(row.url[:200])} – {reason}{status}"


def _weight(
    known: dict[str, OutsideAddress], written: list[Written]
) -> Iterator[CheckLine]:
    weights = [_weigh(known, one) for one in written]
    heaviest = max(weights, key=lambda sizes: sum(sizes.values()))
    total = sum(heaviest.values())
    if not total:
        return
    heavy = [
        _("%(name)s: %(size)s KB")
        % {"name": Picture(url, has_alt=True).name, "size": _kilobytes(size)}
        for url, size in heaviest.items()
        if size > HEAVY_PICTURE_BYTES
    ]
    words = {"size": _kilobytes(total)}
    if heavy or total > HEAVY_MAIL_BYTES:
        text = _("The pictures weigh %(size)s KB: on a phone they come slowly.")
        yield warn("weight", text % words, "id_body", heavy[:SHOWN_DETAILS])
    else:
        yield good("weight", _("The pictures weigh %(size)s KB.") % words)


def _weigh(known: dict[str, OutsideAddress], written: Written) -> dict[str, int]:
    """Bytes of one mail's pictures by address, as far as they are known."""
    urls = {picture.address for picture in pictures_of(written.tree)}
    found = {url: known[url].size_bytes or 0 for url in urls if url in known}
    return found | known_sizes(urls)


def _kilobytes(size: int) -> str:
    return number_text(max(1, round(size / 1000)))
