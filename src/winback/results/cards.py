"""What the smart buttons say on screen: words, icons, figures as text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from winback.core.formats import number_text, rate_text
from winback.mailings.listing import MiniFigure
from winback.mailings.models import Mailing
from winback.results.queries import (
    Figure,
    further_figures,
    smart_buttons,
    smart_buttons_of,
)
from winback.results.rules import Button, Further

LABELS: dict[str, Promise] = {
    Button.SENT: gettext_lazy("Sent"),
    Button.RECEIVED: gettext_lazy("Received"),
    Button.OPENED: gettext_lazy("Opened"),
    Button.CLICKED: gettext_lazy("Clicked"),
    Button.REPLIED: gettext_lazy("Replied"),
    Button.BOUNCED: gettext_lazy("Bounced"),
    Button.IGNORED: gettext_lazy("Ignored"),
    Button.LEADS: gettext_lazy("Leads/Opportunities"),
    Button.QUOTATIONS: gettext_lazy("Quotations"),
    Button.INVOICED: gettext_lazy("Invoiced"),
    Further.MACHINE_OPENED: gettext_lazy("Fetched by programs"),
    Further.MACHINE_CLICKED: gettext_lazy("Links checked by programs"),
    Further.UNKNOWN_OPENED: gettext_lazy("Opened, unclear by whom"),
    Further.UNKNOWN_CLICKED: gettext_lazy("Clicked, unclear by whom"),
    Further.UNSUBSCRIBED: gettext_lazy("Unsubscribed"),
    Further.COMPLAINED: gettext_lazy("Reported as spam"),
    Further.FAILED: gettext_lazy("Failed"),
    Further.UNCERTAIN: gettext_lazy("Uncertain"),
    Further.LEFT_OUT: gettext_lazy("Left out"),
}
DEFINITIONS: dict[str, Promise] = {
    Button.SENT: gettext_lazy("Mails that the mail server accepted."),
    Button.RECEIVED: gettext_lazy("Sent, less what came back. Share of sent."),
    Button.OPENED: gettext_lazy(
        "People who opened, clicked or replied; programs that fetch mails are "
        "counted separately. Share of received."
    ),
    Button.CLICKED: gettext_lazy(
        "People who followed at least one link; programs that check links are "
        "counted separately. Share of received."
    ),
    Button.REPLIED: gettext_lazy(
        "People who wrote at least one answer; automatic replies do not count. "
        "Share of received."
    ),
    Button.BOUNCED: gettext_lazy(
        "Mails that came back, for good or for now, and whose person did not "
        "react after all. Share of sent."
    ),
    Button.IGNORED: gettext_lazy(
        "People who received the mail and neither opened, clicked nor replied. "
        "In the first 72 hours the figure is marked “so far”."
    ),
    Button.LEADS: gettext_lazy(
        "Leads restored because of this mailing: it was the last one that the "
        "person responded to within 30 days before. Archived ones count."
    ),
    Button.QUOTATIONS: gettext_lazy(
        "This version does not record quotations and invoices yet."
    ),
    Button.INVOICED: gettext_lazy(
        "This version does not record quotations and invoices yet."
    ),
    Further.MACHINE_OPENED: gettext_lazy(
        "Mails whose images a program fetched: a mail service's proxy or a scanner."
    ),
    Further.MACHINE_CLICKED: gettext_lazy(
        "Mails whose links a program followed, as security scanners do."
    ),
    Further.UNKNOWN_OPENED: gettext_lazy(
        "Mails whose images were fetched by something that says neither that it is "
        "a person's mail program nor that it is not. They count nowhere else."
    ),
    Further.UNKNOWN_CLICKED: gettext_lazy(
        "Mails whose links were followed by something that says neither that it is "
        "a person's browser nor that it is not. They count nowhere else."
    ),
    Further.UNSUBSCRIBED: gettext_lazy("People who unsubscribed by this mailing."),
    Further.COMPLAINED: gettext_lazy("People who reported this mailing as spam."),
    Further.FAILED: gettext_lazy("Mails that the mail server refused for good."),
    Further.UNCERTAIN: gettext_lazy(
        "Mails that may or may not have gone out; they are never sent again by "
        "themselves."
    ),
    Further.LEFT_OUT: gettext_lazy("Leads of the audience that were not mailed."),
}
BUTTON_ICONS = {
    Button.SENT: "send",
    Button.RECEIVED: "mail-check",
    Button.OPENED: "mail-opened",
    Button.CLICKED: "click",
    Button.REPLIED: "message-reply",
    Button.BOUNCED: "mail-x",
    Button.IGNORED: "moon",
    Button.LEADS: "target",
    Button.QUOTATIONS: "file-text",
    Button.INVOICED: "receipt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One smart button, ready for the template."""

    name: str
    label: str
    icon: str
    figure: str
    note: str
    hint: str
    url: str
    beside: str = ""  # what programs did, which the figure does not count
    count: int = 0


def cards(mailing: Mailing, *, now: datetime) -> list[Card]:
    """The ten buttons of one mailing, in their order."""
    figures = smart_buttons(mailing, now=now)
    return [_card(mailing, Button(name), figure) for name, figure in figures.items()]


def further_cards(mailing: Mailing) -> list[Card]:
    """Figures beside the buttons that are not zero."""
    return [
        Card(
            name=name,
            label=str(LABELS[name]),
            icon="",
            figure=number_text(count),
            note="",
            hint=str(DEFINITIONS[name]),
            url=_list_url(mailing, name),
        )
        for name, count in further_figures(mailing).items()
        if count
    ]


def mini_figures(mailings: Collection[Mailing]) -> dict[int, list[MiniFigure]]:
    """Rates beside each mailing of a list that has begun. Two queries for all."""
    begun = [mailing for mailing in mailings if mailing.started_at]
    if not begun:
        return {}
    return {
        pk: [
            MiniFigure(str(LABELS[button]), rate_text(rate), beside(figures[button]))
            for button in (Button.OPENED, Button.CLICKED, Button.REPLIED)
            if (rate := figures[button].rate) is not None
        ]
        for pk, figures in smart_buttons_of(begun).items()
    }


def _card(mailing: Mailing, button: Button, figure: Figure) -> Card:
    return Card(
        name=button.value,
        label=str(LABELS[button]),
        icon=BUTTON_ICONS[button],
        figure=_figure_text(figure),
        note=_note(figure),
        hint=str(DEFINITIONS[button]),
        url=_list_url(mailing, button) if figure.is_ready else "",
        beside=beside(figure),
        count=figure.count,
    )


def beside(figure: Figure) -> str:
    """What programs did, in words: "12 by programs, 3 unclear"; "" if nothing."""
    parts = []
    if machines := figure.machine_count:
        words = ngettext("%(n)s by a program", "%(n)s by programs", machines)
        parts.append(words % {"n": number_text(machines)})
    if unknown := figure.unknown_count:
        words = ngettext("%(n)s unclear", "%(n)s unclear", unknown)
        parts.append(words % {"n": number_text(unknown)})
    return " · ".join(parts)


def _figure_text(figure: Figure) -> str:
    if not figure.is_ready:
        return "–"
    if figure.rate is not None:
        return rate_text(figure.rate)
    return number_text(figure.count)


def _note(figure: Figure) -> str:
    if not figure.is_ready:
        return ""
    if figure.is_so_far:
        return _("so far")
    return number_text(figure.count) if figure.rate is not None else ""


def _list_url(mailing: Mailing, name: str) -> str:
    return reverse("results:people", args=[mailing.pk, str(name)])
