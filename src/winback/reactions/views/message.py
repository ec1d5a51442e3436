"""One message: what it says, whose it is, what followed, and taking that back."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.core.formats import number_text
from winback.crm.models import Lead
from winback.mailings.models import BounceKind, Recipient
from winback.reactions.classify import Classified
from winback.reactions.classify.parsing import read
from winback.reactions.lead_cards import shown_change
from winback.reactions.models import (
    EffectKind,
    InboundKind,
    InboundMessage,
    MessageEffect,
    Source,
)
from winback.reactions.queries import messages_visible_to
from winback.reactions.services.inbound import read_again, settle_by_person
from winback.reactions.services.matching import Target, candidates, target_of
from winback.reactions.services.undoing import undo_effect, undo_message

MAX_SHOWN_TEXT = 20_000
# What a person may call a message, with an icon; the last is "nothing to do".
CHOICES = {
    InboundKind.REPLY.value: (gettext_lazy("A person replied"), "message-reply"),
    InboundKind.AUTO_REPLY.value: (gettext_lazy("An automatic reply"), "robot"),
    InboundKind.BOUNCE.value: (
        gettext_lazy("A bounce: the address does not exist"),
        "mail-x",
    ),
    InboundKind.UNSUBSCRIBE.value: (
        gettext_lazy("Asks to be unsubscribed"),
        "mail-off",
    ),
    InboundKind.COMPLAINT.value: (
        gettext_lazy("A complaint: never write again"),
        "flag",
    ),
    "": (gettext_lazy("Nothing to do, put it away"), "archive"),
}
EFFECT_ICONS = {
    EffectKind.REPLIED: "message-reply",
    EffectKind.BOUNCED: "mail-x",
    EffectKind.COMPLAINED: "flag",
    EffectKind.UNSUBSCRIBED: "mail-off",
    EffectKind.BLACKLISTED: "ban",
    EffectKind.OPTED_OUT: "mail-off",
    EffectKind.RESTORED: "arrow-back-up",
    EffectKind.TASK: "check",
    EffectKind.AWAY: "calendar",
    EffectKind.ARRIVED: "send",
}


@require_GET
@right_required(Right.USE_MAILINGS)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    shown, user = _message(request, pk), signed_in(request)
    found = read_again(shown) if shown.raw else None
    effects = list(shown.effects.select_related("undone_by"))
    context = {
        "message": shown,
        "text": _text(shown),
        "sender": shown.sender or shown.envelope_from,
        "is_waiting": shown.handled_at is None,
        "is_news": shown.source == Source.EVENT,
        **_about(request, shown, found),
        "effects": [_shown_effect(effect, user) for effect in effects],
        "may_reopen": shown.handled_at is not None and _may_undo(effects, user),
        "changes": [
            shown_change(change, user)
            for change in shown.address_changes.select_related("lead")
        ],
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
    target = _target(request, shown)
    if kind and target is None:
        messages.error(request, _("We know no mail and no lead with this address."))
        return redirect("reactions:message", pk=pk)
    is_done = settle_by_person(
        shown,
        InboundKind(kind or InboundKind.UNKNOWN),
        target=target if kind else None,
        by=signed_in(request),
        now=timezone.now(),
    )
    if not is_done:
        messages.warning(request, _("This message was settled before."))
        return redirect("reactions:message", pk=pk)
    messages.success(request, _("Settled."))
    return redirect("reactions:inbox")


@require_POST
@right_required(Right.USE_MAILINGS)
def effect_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one thing that followed."""
    user = signed_in(request)
    visible = messages_visible_to(user)
    effects = MessageEffect.objects.filter(message__in=visible.values("pk"))
    effect = get_object_or_404(effects, pk=pk)
    if not _may_undo([effect], user):
        raise Http404
    is_gone = undo_effect(effect.pk, by=user, now=timezone.now())
    if is_gone is None:
        messages.info(request, _("This was undone before."))
    elif is_gone:
        messages.success(request, _("Undone."))
    else:
        messages.warning(
            request,
            _("It stays: it was changed since, or something else wants it as well."),
        )
    return redirect("reactions:message", pk=effect.message_id)


@require_POST
@right_required(Right.USE_MAILINGS)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take everything back, and let the message wait for a person again."""
    shown, user = _message(request, pk), signed_in(request)
    if not _may_undo(shown.effects.all(), user):
        raise Http404
    gone, kept = undo_message(shown, by=user, now=timezone.now())
    words = ngettext(
        "%(n)s thing is undone, the message waits for you.",
        "%(n)s things are undone, the message waits for you.",
        gone,
    )
    messages.success(request, words % {"n": number_text(gone)})
    if kept:
        words = ngettext(
            "%(n)s thing stays: it was changed since, or something else wants it.",
            "%(n)s things stay: they were changed since, or something else wants them.",
            kept,
        )
        messages.warning(request, words % {"n": number_text(kept)})
    return redirect("reactions:message", pk=pk)


@require_GET
@login_required
def message_source(request: HttpRequest, pk: int) -> HttpResponse:
    """The message as it came, to be saved; 404 when it is past its retention time."""
    if not signed_in(request).may(Right.USE_MAILINGS):
        raise Http404
    shown = _message(request, pk)
    if shown.forgotten_at:
        raise Http404
    ending = "json" if shown.source == Source.EVENT else "eml"
    name = f"message-{pk}.{ending}"
    return HttpResponse(
        bytes(shown.raw),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _message(request: HttpRequest, pk: int) -> InboundMessage:
    found = messages_visible_to(signed_in(request)).defer(None)
    return get_object_or_404(found, pk=pk, processed_at__isnull=False)


def _about(
    request: HttpRequest, shown: InboundMessage, found: Classified | None
) -> dict[str, object]:
    """Whom it is about; while it waits also whom it may be about."""
    if shown.handled_at is not None:
        return {"choices": {}, "targets": [], "who": ""}
    said = (found.recipients[:1] if found else []) or [shown.sender]
    known = shown.recipient.address if shown.recipient else ""
    who = request.GET.get("who", "").strip()[:320] or known or said[0]
    targets = candidates(who)
    if shown.recipient and "who" not in request.GET:
        # The mail that it answers stands first, and is chosen.
        own = target_of(shown.recipient)
        rest = [one for one in targets if one.recipient != shown.recipient]
        targets = [own, *rest]
    choices = [(kind, *words) for kind, words in CHOICES.items()]
    if shown.bounce_kind == BounceKind.SOFT:
        soft = gettext_lazy("A bounce for the time being")
        bounce = InboundKind.BOUNCE.value
        choices = [
            (kind, soft if kind == bounce else label, icon)
            for kind, label, icon in choices
        ]
    return {"choices": choices, "targets": targets, "who": who}


def _target(request: HttpRequest, shown: InboundMessage) -> Target | None:
    """Whom the person chose; else whom we matched; else the one with the address."""
    chosen = request.POST.get("target", "")
    kind, number = chosen[:1], chosen[1:]
    if number.isascii() and number.isdigit() and len(number) < 19:
        return _chosen(kind, int(number))
    if shown.recipient:
        return target_of(shown.recipient)
    found = candidates(request.POST.get("address", ""))
    return found[0] if found else None


def _chosen(kind: str, pk: int) -> Target | None:
    if kind == "r":
        sent = Recipient.objects.select_related("mailing", "lead").filter(fate="sent")
        recipient = sent.filter(pk=pk).first()
        return target_of(recipient) if recipient else None
    lead = Lead.objects.filter(pk=pk).exclude(email_normalized="").first()
    return Target(address=lead.email_normalized, lead=lead) if lead else None


def _shown_effect(effect: MessageEffect, user: User) -> dict[str, object]:
    kind = EffectKind(effect.kind)
    return {
        "effect": effect,
        "label": kind.label,
        "icon": EFFECT_ICONS[kind],
        "may_undo": effect.undone_at is None and _may_undo([effect], user),
    }


def _may_undo(effects: Iterable[MessageEffect], user: User) -> bool:
    """Lifting from the blacklist needs its own right, here as well."""
    lifts = any(
        effect.kind == EffectKind.BLACKLISTED and effect.undone_at is None
        for effect in effects
    )
    return not lifts or user.may(Right.MANAGE_BLACKLIST)


def _text(shown: InboundMessage) -> str:
    if shown.forgotten_at or shown.source == Source.EVENT:
        return shown.visible_text or shown.reason
    try:
        return read(bytes(shown.raw)).text[:MAX_SHOWN_TEXT]
    except Exception:  # anything may have come; its beginning is better than nothing
        return bytes(shown.raw)[:MAX_SHOWN_TEXT].decode("utf-8", "replace")
