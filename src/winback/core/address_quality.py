"""What an address tells by itself: mistyped, thrown away after use, a post box.

Nothing here asks anybody and nothing refuses an address: what is found is a
caution, since people do have odd addresses.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from disposable_email_domains import blocklist

from winback.core.addresses import parse_address


class Quality(enum.StrEnum):
    """The strongest thing that is known against an address; the first wins."""

    INVALID = "invalid"  # no mail can be written to it
    UNREACHABLE = "unreachable"  # its domain takes no mail, says the DNS
    TYPO = "typo"  # its domain is nearly that of a large provider
    DISPOSABLE = "disposable"  # its domain serves addresses for minutes or days
    ROLE = "role"  # a post box of several people
    GOOD = "good"  # nothing is known against it


# Post boxes of an office rather than of a person: RFC 2142, and what small firms
# print on their cards, in the languages of our users.
_ROLE_WORDS = """
    abuse accounting accounts admin administrator all billing bookkeeping buh
    buhgalter career careers contact contacts customerservice customersupport
    director dyrektor enquiries feedback finance hello help helpdesk hostmaster
    hr info information inquiries invoice invoices it jobs kadry mail mailbox
    marketing media news newsletter no-reply noc noreply office order orders
    postmaster press privacy procurement purchasing reception robot root sale
    sales security secretary shop sklad spam store subscribe support tech
    techsupport tender tenders unsubscribe usenet uucp webmaster www zakaz
    zakupki zakupivli
"""
# Providers whose names people mistype: those of most private addresses, world-wide
# and in the countries of our users. Only these are proposed.
_PROVIDER_WORDS = """
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.in yahoo.fr yahoo.de
    ymail.com rocketmail.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de
    hotmail.it outlook.com outlook.de outlook.fr live.com msn.com icloud.com
    me.com mac.com aol.com protonmail.com proton.me zoho.com yandex.com
    gmx.com gmx.de gmx.net gmx.at web.de t-online.de freenet.de orange.fr
    wanadoo.fr laposte.net free.fr libero.it wp.pl onet.pl interia.pl o2.pl
    seznam.cz comcast.net verizon.net btinternet.com
    ukr.net i.ua meta.ua bigmir.net online.ua
    chmail.ir mihanmail.ir mailfa.com vatanmail.ir rayana.ir
"""
# Genuine domains that are near one of the providers: no mistake.
_GENUINE_WORDS = """
    email.com cloud.com hotmail.es hotmail.be hotmail.nl hotmail.se hotmail.ca
    yahoo.ca yahoo.it yahoo.es yahoo.in yahoo.ie yahoo.gr yahoo.pl yahoo.ro
    yahoo.se yahoo.no yahoo.dk yahoo.com.au yahoo.com.br outlook.es outlook.it
    outlook.be outlook.pt live.de live.fr live.nl live.it live.se gmx.ch gmx.fr
    gmx.us wp.com web.com free.com meta.com zoho.eu zoho.in yandex.ua yandex.ru
    mail.com love.com mail.de mail.ua email.ua mail.ir web.dev
"""
ROLES = frozenset(_ROLE_WORDS.split())
PROVIDERS = tuple(_PROVIDER_WORDS.split())
GENUINE = frozenset(PROVIDERS) | frozenset(_GENUINE_WORDS.split())
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# What a slip costs. Two slips of the hand on one long name are believed, a letter
# from elsewhere on the keyboard is another name.
_NEAR, _PLAIN, _FAR = 0.75, 1.0, 9.0
_LONG_NAME, _SHORT_LIMIT, _LONG_LIMIT = 9, 1.0, 1.5
# A word of three letters is too easily another word: only swaps are believed.
_SHORT_WORD = 4


def quality_of(typed: str) -> str:
    """What an address as it was typed is like; "" where there is none."""
    parsed = parse_address(typed)
    if parsed.status == "missing":
        return ""
    if parsed.status == "invalid":
        return Quality.INVALID.value
    return quality_of_normalized(parsed.normalized)


def quality_of_normalized(address: str) -> str:
    """``quality_of`` an address that ``parse_address`` gave."""
    local, _at, domain = address.rpartition("@")
    of_domain = _quality_of_domain(domain)
    if of_domain is not Quality.GOOD:
        return of_domain.value
    return (Quality.ROLE if _is_role(local) else Quality.GOOD).value


def proposed_address(address: str) -> str:
    """The address that was probably meant; "" if nothing speaks for another one."""
    local, at, domain = address.rpartition("@")
    meant = meant_domain(domain)
    return f"{local}{at}{meant}" if at and meant else ""


@lru_cache(maxsize=65_536)
def meant_domain(domain: str) -> str:
    """The large provider whose name ``domain`` mistypes, "" if none."""
    if domain in GENUINE or len(domain) > 24:
        return ""
    near = {one for cut in _cuts(domain) for one in _near().get(cut, ())}
    found = [(_cost(domain, one), PROVIDERS.index(one), one) for one in near]
    limit = _LONG_LIMIT if len(domain) >= _LONG_NAME else _SHORT_LIMIT
    best = min(found, default=(_FAR, 0, ""))
    return best[2] if best[0] <= limit else ""


@lru_cache(maxsize=65_536)
def _quality_of_domain(domain: str) -> Quality:
    # First: who squats on a slip of the hand hands out such addresses too.
    if meant_domain(domain):
        return Quality.TYPO
    is_listed = any(parent in blocklist for parent in with_parents(domain))
    return Quality.DISPOSABLE if is_listed else Quality.GOOD


def with_parents(domain: str) -> Iterator[str]:
    """A domain and those above it, down to two labels: a.b.org, b.org."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


def _is_role(local: str) -> bool:
    # info+shop and info2 are boxes like info.
    return local.partition("+")[0].rstrip("0123456789") in ROLES


@lru_cache(maxsize=1)
def _near() -> dict[str, list[str]]:
    """Providers by all that is left of them when up to two letters are lost."""
    near: dict[str, list[str]] = {}
    for provider in PROVIDERS:
        for cut in _cuts(provider):
            near.setdefault(cut, []).append(provider)
    return near


def _cuts(domain: str) -> set[str]:
    places = range(len(domain))
    one = {domain[:at] + domain[at + 1 :] for at in places}
    two = {
        domain[:first] + domain[first + 1 : second] + domain[second + 1 :]
        for first, second in combinations(places, 2)
    }
    return {domain} | one | two


def _cost(typed: str, meant: str) -> float:
    """How far apart two names are: Damerau's distance with keys that lie together."""
    if not _may_be_meant(typed, meant):
        return _FAR
    before: list[float] = []
    above = [float(column) for column in range(len(meant) + 1)]
    for row, letter in enumerate(typed, start=1):
        line = [float(row)]
        for column, other in enumerate(meant, start=1):
            cost = min(
                above[column] + _PLAIN,
                line[column - 1] + _PLAIN,
                above[column - 1] + _swap_cost(letter, other),
            )
            if row > 1 and column > 1 and _crossed(typed, meant, row, column):
                cost = min(cost, before[column - 2] + _NEAR)
            line.append(cost)
        before, above = above, line
    return above[-1]


def _may_be_meant(typed: str, meant: str) -> bool:
    word, other = typed.partition(".")[0], meant.partition(".")[0]
    if len(other) < _SHORT_WORD:
        return sorted(word) == sorted(other)
    return True


def _crossed(typed: str, meant: str, row: int, column: int) -> bool:
    return typed[row - 2 : row] == meant[column - 1] + meant[column - 2]


@lru_cache(maxsize=2048)
def _swap_cost(letter: str, other: str) -> float:
    if letter == other:
        return 0.0
    return _NEAR if other in _neighbours(letter) else _FAR


def _neighbours(letter: str) -> set[str]:
    """Letters whose keys touch this one's on a Latin keyboard (rows stand askew)."""
    for at, row in enumerate(_ROWS):
        if letter not in row:
            continue
        place = row.index(letter)
        beside = {(at, place - 1), (at, place + 1)}
        above = {(at - 1, place), (at - 1, place + 1)}
        below = {(at + 1, place - 1), (at + 1, place)}
        return {
            _ROWS[line][column]
            for line, column in beside | above | below
            if 0 <= line < len(_ROWS) and 0 <= column < len(_ROWS[line])
        }
    return set()
