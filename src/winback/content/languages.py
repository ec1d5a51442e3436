"""Which language a person is written to in, and what the languages are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from winback.content.liquid.formats import locale_of
from winback.core.choices import Language
from winback.core.models import Installation

GENERAL = ""
# What mails are commonly written in; people's own languages come beside them.
_COMMON = (
    "en uk fa ar az be bg bn bs ca cs da de el es et fi fr he hi hr hu hy id it ja ka"
    " kk ko ku lt lv mk ms nl no pl ps pt ro ru sk sl sq sr sv sw ta th tr ur uz vi zh"
)
MAIL_LANGUAGES = tuple(_COMMON.split())
MAX_CODE_LENGTH = 8  # as the column of leads and contents holds
_CODE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True)
class LanguageOrder:
    """What the installation decides for people whose language nobody wrote in."""

    without: str = GENERAL  # for people of whom no language is known
    fallbacks: tuple[str, ...] = ()


def language_order(installation: Installation) -> LanguageOrder:
    return LanguageOrder(
        without=installation.mail_language_without,
        fallbacks=tuple(installation.mail_language_order.split()),
    )


def normalized_language(code: str) -> str:
    """``uk-ua`` for ``uk_UA``; empty for what is no language code."""
    code = code.strip().replace("_", "-").lower()
    return code if _CODE.fullmatch(code) and len(code) <= MAX_CODE_LENGTH else ""


def languages_tried(language: str, order: LanguageOrder) -> Iterator[str]:
    """The languages in which a person's mail is looked for, the best first.

    Theirs, its main language (``uk`` of ``uk-UA``), the installation's order,
    then the general content. People without a language begin with the one that
    the installation sets for them.
    """
    own = normalized_language(language) or order.without
    yield from dict.fromkeys([own, own.split("-")[0], *order.fallbacks, GENERAL])


def addressed_to(code: str) -> str:
    """Whom a content in this language is for, as the form calls it."""
    return language_name(code) if code else _("Everybody else")


def language_name(code: str) -> str:
    """What the reader of the screen calls a language; its code if nobody knows."""
    if code in Language.values:
        return str(Language(code).label)
    reader: Locale = locale_of(get_language() or "en")
    main, _dash, region = normalized_language(code).partition("-")
    name = reader.languages.get(main)
    if not name:
        return code
    name = name[:1].upper() + name[1:]
    where = reader.territories.get(region.upper(), region.upper())
    return f"{name} ({where})" if region else name
