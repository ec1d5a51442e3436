"""Progress of a mailing, pace, and once more."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.core.formats import number_text
from winback.delivery import services
from winback.delivery.forms import PaceForm
from winback.delivery.progress import (
    domains_of,
    mails_per_minute,
    progress_of,
    troubles_of,
)
from winback.delivery.rules.pace import Direction
from winback.mailings.models import Mailing, MailingState
from winback.mailings.services import MailingStateError
from winback.mailings.views.access import get_mailing
from winback.segments.rules import RuleTreeError

SHOWN_DOMAINS = 5
SEND_AGAIN = {
    "uncertain": services.send_to_uncertain,
    "failed": services.send_to_failed,
    "newcomers": services.send_to_newcomers,
}


@require_GET
@right_required(Right.USE_MAILINGS)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures; the whole page is asked for anew when the state has changed."""
    mailing = get_mailing(request, pk)
    context = {
        "mailing": mailing,
        "progress": progress_of(mailing, now=timezone.now()),
        "may_send": signed_in(request).may(Right.SEND_MAILINGS),
    }
    response = render(request, "delivery/_figures.html", context)
    if request.GET.get("seen", mailing.state) != mailing.state:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@right_required(Right.USE_MAILINGS)
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """By domain (the largest, or all with ``domains=all``), and what went wrong."""
    mailing = get_mailing(request, pk)
    domains = domains_of(mailing)
    all_domains = request.GET.get("domains") == "all"
    context = {
        "mailing": mailing,
        "is_running": mailing.state == MailingState.SENDING,
        "domains": domains if all_domains else domains[:SHOWN_DOMAINS],
        "number_of_domains": len(domains),
        "counted_mails": sum(domain.whole for domain in domains),
        "more_domains": len(domains) > SHOWN_DOMAINS and not all_domains,
        "all_domains": all_domains,
        "troubles": troubles_of(mailing),
    }
    return render(request, "delivery/_details.html", context)


@require_POST
@right_required(Right.SEND_MAILINGS)
def pace(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    if request.POST.get("change") in set(Direction):
        return _change_pace(request, mailing, Direction(request.POST["change"]))
    form = PaceForm(request.POST)
    if form.is_valid():
        limit = form.cleaned_data["mails_per_hour"]
        services.set_pace(
            mailing, mails_per_hour=limit, by=signed_in(request), now=timezone.now()
        )
        messages.success(request, _("The pace is set."))
    else:
        messages.error(request, _("Use a whole number of mails an hour, or nothing."))
    return redirect("mailings:mailing", pk=pk)


def _change_pace(
    request: HttpRequest, mailing: Mailing, direction: Direction
) -> HttpResponse:
    now = timezone.now()
    pace = services.change_pace(
        mailing,
        direction,
        mails_per_minute=mails_per_minute(mailing, now=now),
        by=signed_in(request),
        now=now,
    )
    if pace is None:
        messages.info(request, _("No limit is set: it goes as fast as it can."))
    else:
        text = ngettext(
            "At most %(n)s mail an hour from now on.",
            "At most %(n)s mails an hour from now on.",
            pace,
        )
        messages.success(request, text % {"n": number_text(pace)})
    return redirect("mailings:mailing", pk=mailing.pk)


@require_POST
@right_required(Right.MANAGE_SENDING)
def continue_anyway(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on after a guard's stop; only what is sent from now on is judged again."""
    mailing = get_mailing(request, pk)
    try:
        services.continue_anyway(mailing, by=signed_in(request), now=timezone.now())
    except MailingStateError as error:
        messages.error(request, str(error))
    else:
        text = _("Going on. Only what is sent from now on is judged again.")
        messages.success(request, text)
    return redirect("mailings:mailing", pk=pk)


@require_POST
@right_required(Right.SEND_MAILINGS)
def send_again(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """To the uncertain, to the failed, or to newcomers."""
    mailing = get_mailing(request, pk)
    if which not in SEND_AGAIN:
        raise Http404
    try:
        count = SEND_AGAIN[which](mailing, by=signed_in(request), now=timezone.now())
    except services.NothingToSendError:
        messages.info(request, _("There is nobody to send to."))
    except RuleTreeError:
        messages.error(request, _("The rules of this mailing cannot be read any more."))
    else:
        text = ngettext("Sending to %(n)s person.", "Sending to %(n)s people.", count)
        messages.success(request, text % {"n": number_text(count)})
    return redirect("mailings:mailing", pk=pk)
