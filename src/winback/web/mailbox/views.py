"""The mailbox's pages; there are none outside demo mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from winback.core.models import Installation
from winback.web.mailbox.answers import BounceKind
from winback.web.mailbox.forms import ReplyForm
from winback.web.mailbox.rules import read_mail
from winback.web.mailbox.server import mailbox_store
from winback.web.mailbox.services import (
    NotDeliveredError,
    press_one_click_unsubscribe,
    send_bounce,
    send_reply,
    send_vacation_notice,
)
from winback.web.mailbox.store import StoredMail

MAILS_PER_PAGE = 50
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def in_demo_only(view: View[P]) -> View[P]:
    """Outside demo mode the page does not exist; in it, one has to be logged in."""

    @functools.wraps(view)
    def guarded(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if not settings.CONFIG.demo:
            raise Http404
        return login_required(view)(request, *args, **kwargs)

    return guarded


@require_safe
@in_demo_only
def mailbox(request: HttpRequest) -> HttpResponse:
    store = mailbox_store()
    search = request.GET.get("q", "").strip()[:200]
    before = request.GET.get("before", "")
    lines = store.lines(
        search=search,
        before_id=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=MAILS_PER_PAGE + 1,
    )
    shown, has_more = lines[:MAILS_PER_PAGE], len(lines) > MAILS_PER_PAGE
    context = {
        "lines": shown,
        "newest_url": _page_url(q=search) if before else None,
        "older_url": _page_url(q=search, before=shown[-1].id) if has_more else None,
        "search": search,
        "total": store.count(search=search),
    }
    return render(request, "mailbox/mailbox.html", context)


@require_safe
@in_demo_only
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    return _mail_page(request, _get_mail(mail_id), ReplyForm())


@require_safe
@in_demo_only
@xframe_options_sameorigin
def mail_html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The HTML part as delivered, in a sandbox: no script, no form, no foreign host.

    Images load from this installation, so that opening counts as it would in a
    mail program. Links open in a new tab.
    """
    own = settings.CONFIG.public_url
    html = read_mail(_get_mail(mail_id).raw).html
    response = HttpResponse(f'<base target="_blank">{html}')
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src 'self' {own} data:; style-src 'unsafe-inline'; "
        f"font-src 'self' {own}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@in_demo_only
def mail_source(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The message as it came over the wire."""
    return HttpResponse(
        _get_mail(mail_id).raw,
        content_type="text/plain; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@require_safe
@in_demo_only
def shop(request: HttpRequest) -> HttpResponse:
    """In place of the made-up company's website, where its mails lead."""
    company = Installation.current().company_name
    return render(request, "mailbox/shop.html", {"company": company})


@require_POST
@in_demo_only
def reply(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail = _get_mail(mail_id)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _mail_page(request, mail, form, status=422)
    text = form.cleaned_data["text"]
    return _done(
        request,
        mail,
        lambda: send_reply(mail, text=text, now=timezone.now()),
        _("Your reply is on its way."),
    )


@require_POST
@in_demo_only
def vacation(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail = _get_mail(mail_id)
    return _done(
        request,
        mail,
        lambda: send_vacation_notice(mail, now=timezone.now()),
        _("The mailbox answered that its owner is away."),
    )


@require_POST
@in_demo_only
def bounce(request: HttpRequest, mail_id: int, kind: str) -> HttpResponse:
    if kind not in set(BounceKind):
        raise Http404
    mail = _get_mail(mail_id)
    return _done(
        request,
        mail,
        lambda: send_bounce(mail, kind=BounceKind(kind), now=timezone.now()),
        _("The mail went back to its sender as undeliverable."),
    )


@require_POST
@in_demo_only
def one_click(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail = _get_mail(mail_id)
    return _done(
        request,
        mail,
        lambda: press_one_click_unsubscribe(mail),
        _("Unsubscribed, as with the button of a mail provider."),
    )


@require_POST
@in_demo_only
def clear(request: HttpRequest) -> HttpResponse:
    mailbox_store().clear()
    messages.success(request, _("The mailbox is empty."))
    return redirect("web:mailbox")


def _get_mail(mail_id: int) -> StoredMail:
    found = mailbox_store().get(mail_id)
    if found is None:
        raise Http404
    return found


def _mail_page(
    request: HttpRequest, mail: StoredMail, form: ReplyForm, *, status: int = 200
) -> HttpResponse:
    mailbox_store().mark_read(mail.id, now=timezone.now())
    read = read_mail(mail.raw)
    tabs = [
        {"key": "html", "label": _("As delivered")},
        {"key": "text", "label": _("Plain text")},
        {"key": "source", "label": _("Source")},
    ]
    part = request.GET.get("part") or ("html" if read.html else "text")
    own = f"{settings.CONFIG.public_url}/"
    is_own = read.unsubscribe_url.startswith(own)
    context = {
        "mail": mail,
        "read": read,
        "form": form,
        "tabs": tabs if read.html else tabs[1:],
        "part": part,
        "own_unsubscribe_url": read.unsubscribe_url if is_own else "",
    }
    return render(request, "mailbox/mail.html", context, status=status)


def _page_url(**query: object) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{reverse('web:mailbox')}?{urlencode(given)}"


def _done(
    request: HttpRequest, mail: StoredMail, act: Callable[[], None], said: str
) -> HttpResponse:
    try:
        act()
    except NotDeliveredError as error:
        reason = _("That did not work: %(reason)s") % {"reason": error}
        messages.error(request, reason)
    else:
        messages.success(request, said)
    if "from_list" in request.POST:
        return redirect("web:mailbox")
    return redirect("web:mail", mail.id)
