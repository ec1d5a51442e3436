"""What providers tell of our mails: delivered, bounced, complained, clicked, ...

News are kept as JSON, like a message, and read afterwards by the worker. A
bounce's words go through the same classifier as a server's own report.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from winback.core.addresses import parse_address
from winback.core.tokens import verify
from winback.delivery.addresses import parse_message_id
from winback.delivery.models import ProviderMail
from winback.mailings.models import Recipient, TrackedLink
from winback.reactions.classify import Classified, Kind, classify
from winback.reactions.models import Hit, HitKind, InboundKind, InboundMessage
from winback.reactions.rules.provider_news import (
    News,
    NewsKind,
    is_hard,
    news_from,
    report_of,
)
from winback.reactions.services import effects
from winback.reactions.services.matching import (
    Target,
    by_number,
    last_mailed,
    target_of,
)

_KINDS: dict[NewsKind, tuple[InboundKind, Kind]] = {
    NewsKind.DELIVERED: (InboundKind.DELIVERED, Kind.DELIVERED),
    NewsKind.BOUNCED: (InboundKind.BOUNCE, Kind.BOUNCE),
    NewsKind.DEFERRED: (InboundKind.BOUNCE, Kind.BOUNCE),
    NewsKind.COMPLAINED: (InboundKind.COMPLAINT, Kind.COMPLAINT),
    NewsKind.UNSUBSCRIBED: (InboundKind.UNSUBSCRIBE, Kind.UNSUBSCRIBE),
    NewsKind.AUTO_REPLIED: (InboundKind.AUTO_REPLY, Kind.AUTO_REPLY),
    NewsKind.OPENED: (InboundKind.OPENED, Kind.UNKNOWN),
    NewsKind.CLICKED: (InboundKind.CLICKED, Kind.UNKNOWN),
    NewsKind.OTHER: (InboundKind.UNKNOWN, Kind.UNKNOWN),
}
_HITS = {NewsKind.OPENED: HitKind.OPEN, NewsKind.CLICKED: HitKind.CLICK}


def process(message: InboundMessage, *, now: datetime) -> None:
    """Read one piece of news, match it, let it have its effects; saves ``message``.

    News about mails that are not ours are kept and bother nobody.
    """
    news = news_from(bytes(message.raw))
    found = _classified(news)
    message.kind = _KINDS[news.kind][0]
    message.message_id = news.message_id[:500]
    message.sender = news.recipient[:320]
    message.subject = news.kind.value
    message.bounce_kind = found.bounce
    words = f"{found.reason}: {found.diagnostic}" if found.diagnostic else found.reason
    message.reason = words[:500]
    message.status_code = found.status[:20]
    message.received_at = _moment(news, latest=message.received_at)
    target = _match(news, now=now)
    message.recipient = target.recipient if target else None
    message.lead = target.lead if target else None
    message.handled_at = now
    message.save()
    if target is None or target.recipient is None:
        return
    if news.kind in _HITS:
        _hit(news, target.recipient, at=message.received_at)
    else:
        effects.apply(message, target, found, now=now)


def classified(raw: bytes) -> Classified:
    """Stored news in the classifier's words."""
    return _classified(news_from(raw))


def _classified(news: News) -> Classified:
    found = Classified(kind=_KINDS[news.kind][1], recipients=[news.recipient])
    if news.kind not in {NewsKind.BOUNCED, NewsKind.DEFERRED}:
        return found
    read = classify(report_of(news)) if news.response else found
    hard = is_hard(news, reading=read.bounce, reason=read.reason)
    return replace(
        found,
        bounce="hard" if hard else "soft",
        final="delayed" if news.kind is NewsKind.DEFERRED else "failed",
        reason=read.reason or news.reject_reason,
        status=read.status,
        diagnostic=news.response or news.description,
    )


def _moment(news: News, *, latest: datetime) -> datetime:
    """When it happened, as the provider says; nothing happens after it was told."""
    return min(news.at, latest) if news.at else latest


def _match(news: News, *, now: datetime) -> Target | None:
    """By our number where the address is right, by an id of the mail, by address.

    The number is not signed: a second installation may use the same account.
    """
    address = parse_address(news.recipient).normalized
    if news.number is not None:
        target = by_number(news.number)
        if target and address in {"", target.address}:
            return target
    if news.message_id:
        return _by_id(news.message_id, address)
    return last_mailed(address, now=now) if address else None


def _by_id(message_id: str, address: str) -> Target | None:
    number = parse_message_id(message_id)
    if number is not None:
        return by_number(number)
    known = ProviderMail.objects.filter(provider_id=message_id)
    for mail in known.select_related("recipient__lead", "recipient__mailing")[:10]:
        if address in {"", mail.recipient.address}:
            return target_of(mail.recipient)
    return None


def _hit(news: News, recipient: Recipient, *, at: datetime) -> None:
    """An open or click, to be judged like those that we saw ourselves."""
    kind = _HITS[news.kind]
    Hit.objects.create(
        recipient=recipient,
        kind=kind,
        link=_link(recipient, news.url) if kind is HitKind.CLICK else None,
        at=at,
        user_agent=news.user_agent[:500],
    )


def _link(recipient: Recipient, url: str) -> TrackedLink | None:
    """Which link it was: one of our tracked addresses, or the target as written."""
    links = TrackedLink.objects.filter(content__version__mailing=recipient.mailing_id)
    token = urlsplit(url).path.rpartition("/t/c/")[2]
    numbers = verify("click", token, count=2)
    if numbers and numbers[0] == recipient.pk:
        return links.filter(pk=numbers[1]).first()
    return links.filter(url=url).order_by("pk").first()


def as_json(news: dict[str, Any] | list[Any]) -> bytes:
    """News as they are kept: one spelling for the same content."""
    return json.dumps(news, ensure_ascii=False, sort_keys=True, default=str).encode()
