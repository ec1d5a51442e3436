"""Lines of a lead's timeline: mails received, and what the person did with each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from winback.core.formats import date_text, set_apart
from winback.crm.models import Lead
from winback.crm.timeline import TimelineItem
from winback.mailings.models import Recipient
from winback.reactions.models import HitKind, InboundKind, InboundMessage
from winback.reactions.queries import first_unknown_hits


def mails_and_reactions(lead: Lead) -> Iterable[TimelineItem]:
    """Three queries, however many mails there were."""
    rows = Recipient.objects.filter(lead=lead, sent_at__isnull=False)
    recipients = list(rows.select_related("mailing"))
    unknown = first_unknown_hits([recipient.pk for recipient in recipients])
    for recipient in recipients:
        yield from _of_recipient(recipient)
        yield from _of_unknown(recipient, unknown.get(recipient.pk, []))
    letters = InboundMessage.objects.filter(
        lead=lead, kind__in=[InboundKind.REPLY, InboundKind.AUTO_REPLY]
    )
    for letter in letters.select_related("recipient__mailing").defer("raw"):
        yield _letter(letter)


def _of_recipient(recipient: Recipient) -> Iterable[TimelineItem]:
    words = {"mailing": set_apart(str(recipient.mailing))}
    url = _mailing_url(recipient)
    for kind, icon, title, at in (
        ("mail_sent", "mail", _("Was sent “%(mailing)s”"), recipient.sent_at),
        ("mail_opened", "mail-opened", _("Opened “%(mailing)s”"), recipient.opened_at),
        ("mail_clicked", "click", _("Clicked in “%(mailing)s”"), recipient.clicked_at),
        (
            "mail_fetched",
            "robot",
            _("A program fetched “%(mailing)s”"),
            recipient.machine_opened_at,
        ),
        (
            "mail_checked",
            "robot",
            _("A program followed links of “%(mailing)s”"),
            recipient.machine_clicked_at,
        ),
        ("mail_bounced", "mail-x", _bounce_title(recipient), recipient.bounced_at),
        (
            "mail_unsubscribed",
            "mail-off",
            _("Unsubscribed by “%(mailing)s”"),
            recipient.unsubscribed_at,
        ),
        (
            "mail_complained",
            "flag",
            _("Reported “%(mailing)s” as spam"),
            recipient.complained_at,
        ),
    ):
        if at:
            yield TimelineItem(
                at=at, kind=kind, icon=icon, title=title % words, url=url
            )


def _of_unknown(
    recipient: Recipient, hits: Iterable[tuple[HitKind, datetime]]
) -> Iterable[TimelineItem]:
    titles = {
        HitKind.OPEN: _("Something unknown fetched “%(mailing)s”"),
        HitKind.CLICK: _("Something unknown followed a link of “%(mailing)s”"),
    }
    for kind, at in hits:
        yield TimelineItem(
            at=at,
            kind="mail_unknown",
            icon="help",
            title=titles[kind] % {"mailing": set_apart(str(recipient.mailing))},
            url=_mailing_url(recipient),
        )


def _bounce_title(recipient: Recipient) -> str:
    if recipient.bounce_kind == "hard":
        return _("“%(mailing)s” came back: the address does not exist")
    return _("“%(mailing)s” came back for now")


def _letter(letter: InboundMessage) -> TimelineItem:
    mailing = str(letter.recipient.mailing) if letter.recipient else letter.subject
    is_reply = letter.kind == InboundKind.REPLY
    title = (
        _("Replied to “%(mailing)s”")
        if is_reply
        else _("Automatic reply to “%(mailing)s”")
    )
    away = ""
    if letter.returns_on:
        away = _("Away, back on %(day)s.") % {"day": date_text(letter.returns_on)}
    return TimelineItem(
        at=letter.received_at,
        kind="mail_replied" if is_reply else "mail_auto_replied",
        icon="message-reply" if is_reply else "robot",
        title=title % {"mailing": set_apart(mailing)},
        body="\n".join(filter(None, [away, letter.visible_text])),
        url=_mailing_url(letter.recipient) if letter.recipient else "",
    )


def _mailing_url(recipient: Recipient) -> str:
    try:
        return reverse("mailings:mailing", args=[recipient.mailing_id])
    except NoReverseMatch:
        return ""
