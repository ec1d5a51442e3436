"""The unsubscribe page: public, without login, in the person's language."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from winback.consent.models import WishReason
from winback.consent.rules import Frequency
from winback.core.choices import Language
from winback.core.formats import in_digits
from winback.core.models import Installation
from winback.core.tokens import verify
from winback.core.visitors import visitor_address
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.mailings.models import Recipient
from winback.reactions.rules.presses import Answer
from winback.reactions.rules.visitor import ip_prefix
from winback.reactions.seals import (
    Pressed,
    Question,
    hand,
    new_number,
    new_visit,
    pressed_of,
    question,
    question_of,
    seal,
    shows_a_hand,
    visit_of,
)
from winback.reactions.services.presses import UNSEEN, SeenPress, take_press
from winback.reactions.services.unsubscribe import (
    Choice,
    Wish,
    choose,
    fulfil,
    standing_of,
)

# The field and value of RFC 8058, section 3.1.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


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
    asked = question_of(request.POST.get("question", ""), recipient_id=recipient.pk)
    if asked:
        return _press(request, recipient, asked.visit, asked.pressed, asked=asked)
    visit = visit_of(request.POST.get("seal", ""), recipient_id=recipient.pk)
    pressed = pressed_of(request.POST, request.POST.getlist("topic"))
    if not visit or pressed.wish not in {*Wish, UNSEEN}:
        return _page(request, recipient, again=True, visit=visit)
    return _press(request, recipient, visit, pressed)


def _press(
    request: HttpRequest,
    recipient: Recipient,
    visit: str,
    pressed: Pressed,
    *,
    asked: Question | None = None,
) -> HttpResponse:
    """Do what was pressed, or ask once more: see ``rules.presses``."""
    now = timezone.now()
    press = SeenPress(
        visit=visit,
        button=pressed.wish,
        shows_a_hand=shows_a_hand(request.POST.get("hand", ""), visit=visit),
        user_agent=request.headers.get("User-Agent", ""),
        ip_prefix=ip_prefix(visitor_address(request)),
        confirmation=asked.answered(request.POST, now=now) if asked else None,
    )
    ruling = take_press(recipient, press, now=now)
    if pressed.wish == UNSEEN:
        return _page(request, recipient, again=True, visit=visit)
    if ruling.answer is Answer.TAKE:
        _take(recipient, pressed, now=now)
        return _page(request, recipient, done=Wish(pressed.wish), visit=visit)
    number = new_number() if ruling.answer is Answer.ASK_NUMBER else 0
    next_question = Question(visit, pressed, number, now)
    return _question_page(request, recipient, next_question, is_repeated=bool(asked))


def _take(recipient: Recipient, pressed: Pressed, *, now: datetime) -> None:
    wish = Wish(pressed.wish)
    code = pressed.code if pressed.code in WishReason else ""
    if wish is Wish.CHOOSE:
        choice = _choice(pressed)
        choose(recipient, choice, reason=pressed.reason, code=code, now=now)
    else:
        fulfil(recipient, wish, reason=pressed.reason, code=code, now=now)


def _choice(given: Pressed) -> Choice:
    ids = {int(pk) for pk in given.topics if pk.isascii() and pk.isdigit()}
    name = given.frequency.upper()
    frequency = Frequency[name] if name in Frequency.__members__ else None
    return Choice(frozenset(ids), frequency)


def _page(
    request: HttpRequest,
    recipient: Recipient,
    *,
    done: Wish | None = None,
    again: bool = False,
    visit: str = "",
) -> HttpResponse:
    context = {
        "standing": standing_of(recipient, now=timezone.now()),
        "topic": recipient.mailing.topic,
        "reasons": WishReason.choices,
        "frequencies": _frequencies(),
        "done": done.value if done else "",
        "again": again,
    }
    context |= _of_both_pages(recipient, visit or new_visit())
    return render(request, "reactions/unsubscribe.html", context)


def _question_page(
    request: HttpRequest, recipient: Recipient, asked: Question, *, is_repeated: bool
) -> HttpResponse:
    """Nothing is done yet: the same wish, to be pressed once more."""
    context = {
        "wish": asked.pressed.wish,
        "topic": recipient.mailing.topic,
        "number": in_digits(str(asked.number)) if asked.number else "",
        "question": question(recipient.pk, asked),
        "is_repeated": is_repeated,
    }
    context |= _of_both_pages(recipient, asked.visit)
    return render(request, "reactions/unsubscribe_question.html", context)


def _of_both_pages(recipient: Recipient, visit: str) -> dict[str, object]:
    return {
        # Of Persian letters too it reads from left to right.
        "address": format_html('<bdi dir="ltr">{}</bdi>', masked(recipient.address)),
        "company": Installation.current().company_name,
        "seal": seal(recipient.pk, visit),
        "hand": hand(visit),
        "unseen": UNSEEN,
    }


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
