"""What is said of so many people of an audience, in whole sentences."""

from __future__ import annotations

from django.utils.translation import ngettext

from winback.core.formats import number_text


def mistyped(count: int) -> str:
    words = ngettext(
        "%(count)s address is probably mistyped, such as “gmial.com”.",
        "%(count)s addresses are probably mistyped, such as “gmial.com”.",
        count,
    )
    return words % {"count": number_text(count)}


def unreachable(count: int) -> str:
    words = ngettext(
        "%(count)s address has a domain that takes no mail.",
        "%(count)s addresses have a domain that takes no mail.",
        count,
    )
    return words % {"count": number_text(count)}


def disposable(count: int) -> str:
    words = ngettext(
        "%(count)s address was made to be thrown away.",
        "%(count)s addresses were made to be thrown away.",
        count,
    )
    return words % {"count": number_text(count)}


def shared(count: int) -> str:
    words = ngettext(
        "%(count)s address is a post box of several people, such as “info”.",
        "%(count)s addresses are post boxes of several people, such as “info”.",
        count,
    )
    return words % {"count": number_text(count)}


def risky(count: int) -> str:
    words = ngettext(
        "%(count)s more address is at high risk: it gave no sign of life for years, "
        "or mail came back from it.",
        "%(count)s more addresses are at high risk: they gave no sign of life for "
        "years, or mail came back from them.",
        count,
    )
    return words % {"count": number_text(count)}


def ignoring(count: int) -> str:
    words = ngettext(
        "%(count)s person has ignored so many mails that it is better to stop.",
        "%(count)s people have ignored so many mails that it is better to stop.",
        count,
    )
    return words % {"count": number_text(count)}


# Invalid addresses need none: they are left out, and counted there.
ADDRESS_MESSAGES = {
    "unreachable": unreachable,
    "typo": mistyped,
    "disposable": disposable,
    "role": shared,
}


def never_lost(count: int) -> str:
    words = ngettext(
        "%(count)s lead was never lost.", "%(count)s leads were never lost.", count
    )
    return words % {"count": number_text(count)}


def no_reason(count: int) -> str:
    words = ngettext(
        "%(count)s lead was lost without a reason.",
        "%(count)s leads were lost without a reason.",
        count,
    )
    return words % {"count": number_text(count)}


def won(count: int) -> str:
    words = ngettext(
        "%(count)s lead is already won.", "%(count)s leads are already won.", count
    )
    return words % {"count": number_text(count)}


def talking(count: int) -> str:
    words = ngettext(
        "The owner of %(count)s lead is talking to them right now.",
        "The owners of %(count)s leads are talking to them right now.",
        count,
    )
    return words % {"count": number_text(count)}
