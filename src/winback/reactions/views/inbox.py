"""The inbox: messages that we could not understand, for a person to settle."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.core.addresses import parse_address
from winback.mailings.models import Recipient
from winback.reactions.classify import classify
from winback.reactions.classify.parsing import read
from winback.reactions.models import InboundKind, InboundMessage
from winback.reactions.queries import waiting_for_a_person
from winback.reactions.services.inbound import settle_by_person

ROWS_PER_PAGE = 50
MAX_SHOWN_TEXT = 20_000
# What a person may call a message; the first is "nothing to do".
CHOICES = {
    "": gettext_lazy("Nothing to do, put it away"),
    InboundKind.REPLY: gettext_lazy("A person replied"),
    InboundKind.AUTO_REPLY: gettext_lazy("An automatic reply"),
    InboundKind.UNSUBSCRIBE: gettext_lazy("Asks to be unsubscribed"),
    InboundKind.COMPLAINT: gettext_lazy("A complaint: never write again"),
}


@require_GET
@right_required(Right.USE_MAILINGS)
def inbox(request: HttpRequest) -> HttpResponse:
    found = waiting_for_a_person(signed_in(request)).order_by("-pk")
    before = request.GET.get("before", "")
    is_first = not (before.isascii() and before.isdigit() and len(before) < 19)
    rows = list((found if is_first else found.filter(pk__lt=int(before)))[:51])
    has_more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE]
    context = {
        "rows": rows,
        "count": found.count(),
        "first_url": "" if is_first else "?",
        "next_url": "?" + urlencode({"before": rows[-1].pk}) if has_more else "",
    }
    return render(request, "reactions/inbox.html", context)


@require_GET
@right_required(Right.USE_MAILINGS)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _message(request, pk)
    context = {
        "message": shown,
        "text": _text(shown),
        "sender": classify(bytes(shown.raw)).from_address or shown.envelope_from,
        "choices": CHOICES.items(),
    }
    return render(request, "reactions/message.html", context)


@require_POST
@right_required(Right.USE_MAILINGS)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person says it is; known effects follow."""
    shown = _message(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in CHOICES:
        raise Http404
    recipient = shown.recipient or _last_mail_to(request.POST.get("address", ""))
    if kind and recipient is None:
        messages.error(request, _("No mail was sent to this address."))
        return redirect("reactions:message", pk=pk)
    settle_by_person(
        shown,
        InboundKind(kind or InboundKind.UNKNOWN),
        recipient=recipient,
        now=timezone.now(),
    )
    messages.success(request, _("Settled."))
    return redirect("reactions:inbox")


@require_GET
@login_required
def message_source(request: HttpRequest, pk: int) -> HttpResponse:
    """The message as it came, to be saved."""
    if not signed_in(request).may(Right.USE_MAILINGS):
        raise Http404
    shown = _message(request, pk)
    return HttpResponse(
        bytes(shown.raw),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="message-{pk}.eml"'},
    )


def _message(request: HttpRequest, pk: int) -> InboundMessage:
    found = waiting_for_a_person(signed_in(request)).defer(None)
    return get_object_or_404(found, pk=pk)


def _text(shown: InboundMessage) -> str:
    try:
        return read(bytes(shown.raw)).text[:MAX_SHOWN_TEXT]
    except Exception:  # anything may have come; its beginning is better than nothing
        return bytes(shown.raw)[:MAX_SHOWN_TEXT].decode("utf-8", "replace")


def _last_mail_to(address: str) -> Recipient | None:
    normalized = parse_address(address).normalized
    if not normalized:
        return None
    sent = Recipient.objects.filter(address=normalized, fate="sent")
    return sent.select_related("mailing", "lead").order_by("-sent_at").first()
