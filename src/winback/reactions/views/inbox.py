"""The inbox: what came in, first of all what waits for a person."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.reactions.forms import TakeInForm
from winback.reactions.models import InboundKind, InboundMessage, MailFolder, Source
from winback.reactions.queries import messages_visible_to, waiting_for_a_person
from winback.reactions.services.inbound import (
    envelope_in,
    known_message,
    process_message,
    store_message,
)

ROWS_PER_PAGE = 50
WAITING, ALL, NEWS = "waiting", "all", "news"
KINDS = {
    InboundKind.REPLY: gettext_lazy("Replies"),
    InboundKind.AUTO_REPLY: gettext_lazy("Automatic replies"),
    InboundKind.BOUNCE: gettext_lazy("Bounces"),
    InboundKind.COMPLAINT: gettext_lazy("Complaints"),
    InboundKind.UNSUBSCRIBE: gettext_lazy("Unsubscribe requests"),
    InboundKind.UNKNOWN: gettext_lazy("Not understood"),
}
TABS = {
    WAITING: gettext_lazy("Waiting for you"),
    ALL: gettext_lazy("All messages"),
    **{kind.value: label for kind, label in KINDS.items()},
    NEWS: gettext_lazy("News from providers"),
}


@require_GET
@right_required(Right.USE_MAILINGS)
def inbox(request: HttpRequest) -> HttpResponse:
    return _page(request, TakeInForm())


@require_POST
@right_required(Right.USE_MAILINGS)
def take_in(request: HttpRequest) -> HttpResponse:
    """A message given by a person is treated as if it had arrived."""
    form = TakeInForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    to, now = envelope_in(form.raw).recipient, timezone.now()
    stored = store_message(
        form.raw, envelope_from="", envelope_to=to, source=Source.FILE, now=now
    )
    if stored is None:
        messages.info(request, _("This message is known already: here it is."))
        known = known_message(form.raw, envelope_from="", envelope_to=to)
        pk = known.pk if known else 0
        return redirect("reactions:message", pk=pk)
    message = process_message(stored.pk, now=now) or stored
    words = _("Taken in: %(kind)s.") % {"kind": message.get_kind_display()}
    messages.success(request, words)
    return redirect("reactions:message", pk=stored.pk)


def _page(request: HttpRequest, form: TakeInForm, *, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    waiting = waiting_for_a_person(user)
    show = request.GET.get("show", WAITING)
    show = show if show in TABS else WAITING
    found = waiting if show == WAITING else _chosen(messages_visible_to(user), show)
    before = request.GET.get("before", "")
    is_first = not (before.isascii() and before.isdigit() and len(before) < 19)
    page = found if is_first else found.filter(pk__lt=int(before))
    rows = list(page.order_by("-pk")[: ROWS_PER_PAGE + 1])
    has_more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE]
    context = {
        "rows": rows,
        "count": waiting.count(),
        "unread": InboundMessage.objects.filter(processed_at__isnull=True).count(),
        "show": show,
        "tabs": [(key, label, _url(key)) for key, label in TABS.items()],
        "first_url": "" if is_first else _url(show),
        "next_url": _url(show, rows[-1].pk) if has_more else "",
        "form": form,
        "troubles": _troubles(),
        "days": settings.CONFIG.inbound_days,
    }
    return render(request, "reactions/inbox.html", context, status=status)


def _chosen(found: QuerySet[InboundMessage], show: str) -> QuerySet[InboundMessage]:
    """All that was read; news from providers only where they are asked for."""
    read = found.filter(processed_at__isnull=False)
    if show == ALL:
        return read.exclude(source=Source.EVENT)
    if show == NEWS:
        return read.filter(source=Source.EVENT)
    same = read.filter(kind=show)
    if show == InboundKind.UNKNOWN:
        return same.exclude(source=Source.EVENT)
    return same


def _troubles() -> list[MailFolder]:
    """Mailboxes that cannot be read now; asked only where there are some."""
    keys = [box.key for box in settings.CONFIG.inbound_imap]
    if not keys:
        return []
    return list(MailFolder.objects.filter(key__in=keys).exclude(fault=""))


def _url(show: str, before: int = 0) -> str:
    query = {"show": "" if show == WAITING else show, "before": str(before or "")}
    return "?" + urlencode({name: value for name, value in query.items() if value})
