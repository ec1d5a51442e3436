"""The unsubscribe page: public, without login, in the person's language."""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from winback.consent.models import WishReason
from winback.consent.rules import Frequency
from winback.core.choices import Language
from winback.core.models import Installation
from winback.core.tokens import verify
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.mailings.models import Recipient
from winback.reactions.services.unsubscribe import (
    Choice,
    Wish,
    choose,
    fulfil,
    is_machine,
    standing_of,
)

# The field and value of RFC 8058, section 3.1.
ONE_CLICK = ("List-Unsubscribe", "One-Click")
SEAL_SALT = "reactions.unsubscribe"
SEAL_SECONDS = 24 * 3600


# The address itself is the secret that a foreign site would need, and mail
# programs send the one-click POST without cookies; the page's own form carries
# a seal instead of the cookie's token, so that it works without cookies too.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET and HEAD never change anything; POST does what was asked."""
    recipient = _recipient(token)
    with translation.override(_language(request, recipient)):
        if recipient is None:
            return _private(_answer_without_recipient(request, token))
        if request.method == "POST":
            return _private(_post(request, recipient))
        return _private(_page(request, recipient))


def _recipient(token: str) -> Recipient | None:
    numbers = verify("unsubscribe", token, count=1)
    if numbers is None:
        return None
    rows = Recipient.objects.select_related("mailing__topic", "lead")
    return rows.filter(pk=numbers[0]).first()


def _answer_without_recipient(request: HttpRequest, token: str) -> HttpResponse:
    is_test = verify("unsubscribe", token, count=1) == [TEST_RECIPIENT_ID]
    return render(
        request,
        "reactions/unsubscribe_test.html" if is_test else "reactions/link_expired.html",
        status=200 if is_test else 404,
    )


def _post(request: HttpRequest, recipient: Recipient) -> HttpResponse:
    field, value = ONE_CLICK
    if request.POST.get(field) == value:
        fulfil(recipient, Wish.TOPIC, now=timezone.now())
        return HttpResponse(status=200, content_type="text/plain")
    if not _is_from_our_page(request, recipient):
        return _page(request, recipient, again=True)
    try:
        wish = Wish(request.POST.get("wish", ""))
    except ValueError:
        return _page(request, recipient, again=True)
    said = {
        "reason": request.POST.get("reason", ""),
        "code": _known_reason(request.POST.get("why", "")),
    }
    if wish is Wish.CHOOSE:
        choose(recipient, _choice(request.POST), **said, now=timezone.now())
    else:
        fulfil(recipient, wish, **said, now=timezone.now())
    return _page(request, recipient, done=wish)


def _known_reason(code: str) -> str:
    return code if code in WishReason else ""


def _choice(given: QueryDict) -> Choice:
    ids = {int(pk) for pk in given.getlist("topic") if pk.isascii() and pk.isdigit()}
    name = given.get("frequency", "").upper()
    frequency = Frequency[name] if name in Frequency.__members__ else None
    return Choice(frozenset(ids), frequency)


def _is_from_our_page(request: HttpRequest, recipient: Recipient) -> bool:
    if is_machine(request.headers.get("User-Agent", "")):
        return False
    try:
        sealed = signing.loads(
            request.POST.get("seal", ""), salt=SEAL_SALT, max_age=SEAL_SECONDS
        )
    except signing.BadSignature:
        return False
    return bool(sealed == recipient.pk)


def _page(
    request: HttpRequest,
    recipient: Recipient,
    *,
    done: Wish | None = None,
    again: bool = False,
) -> HttpResponse:
    context = {
        "standing": standing_of(recipient, now=timezone.now()),
        "topic": recipient.mailing.topic,
        "reasons": WishReason.choices,
        "frequencies": _frequencies(),
        # Of Persian letters too it reads from left to right.
        "address": format_html('<bdi dir="ltr">{}</bdi>', masked(recipient.address)),
        "company": Installation.current().company_name,
        "seal": signing.dumps(recipient.pk, salt=SEAL_SALT),
        "done": done.value if done else "",
        "again": again,
    }
    return render(request, "reactions/unsubscribe.html", context)


def _frequencies() -> list[tuple[str, Frequency | None, str]]:
    return [
        ("every", None, _("Every mail")),
        ("month", Frequency.MONTH, _("At most one a month")),
        ("quarter", Frequency.QUARTER, _("At most one in three months")),
    ]


def masked(address: str) -> str:
    """Enough for its owner to know it, too little for others: ``a•••@example.org``."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _language(request: HttpRequest, recipient: Recipient | None) -> str:
    spoken = (recipient.language or recipient.lead.language) if recipient else ""
    code = spoken.split("-")[0].split("_")[0].lower()
    if code in Language.values:
        return code
    return translation.get_language_from_request(request)


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
