"""One mailing: start, form, saving."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.blocks import blank_mail
from winback.content.branding.rules import rebranded
from winback.content.branding.services import current_brand
from winback.content.fields import MERGE_FIELDS
from winback.content.languages import (
    MAIL_LANGUAGES,
    addressed_to,
    language_name,
    normalized_language,
)
from winback.content.models import BodyKind, Template
from winback.content.views import gallery_context
from winback.core.choices import Language
from winback.core.models import Installation
from winback.mailings import rules, services
from winback.mailings.contents import main_version
from winback.mailings.forms import MailingForm, ScheduleForm, initial_values
from winback.mailings.models import Campaign, Mailing, MailingState, VersionContent
from winback.mailings.queries import ledger_sums, planned_figures
from winback.mailings.templatetags.mailings_ui import mailing_title
from winback.mailings.views.access import get_mailing
from winback.mailings.views.editor import editor_context
from winback.segments.links import pack_text
from winback.segments.rules import RuleTreeError, load_json, parse_tree
from winback.segments.services import resolve_tree
from winback.segments.views.builder import builder_context
from winback.segments.words import problem_message

WATCHED_BEFORE_START = timedelta(minutes=5)
MORNING = time(9, 0)
ROOMS_ABOVE = {
    "has_progress": "delivery/_progress.html",
    "has_smart_buttons": "results/_smart_buttons.html",
}


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_new(request: HttpRequest) -> HttpResponse:
    """The gallery of starts."""
    context = gallery_context(request) | {"starts": True}
    return render(request, "mailings/mailing_new.html", context)


@require_POST
@right_required(Right.USE_MAILINGS)
def mailing_create(request: HttpRequest) -> HttpResponse:
    """A new draft from a template, or empty of the kind asked for.

    With ``rules`` (a tree as JSON) it begins with that audience. Rules that
    cannot be evaluated make no draft: the person goes back to them.
    """
    by, now = signed_in(request), timezone.now()
    template_id = request.POST.get("template", "")
    template = None
    if template_id:
        known = template_id if template_id.isascii() and template_id.isdigit() else "0"
        template = get_object_or_404(Template, pk=int(known[:18]))
    kind = request.POST.get("kind", BodyKind.TEXT)
    kind = kind if kind in BodyKind.values else BodyKind.TEXT
    changes: dict[str, object] = {"body_kind": kind}
    if kind == BodyKind.MJML and template is None:
        language = Installation.current().language
        changes["body"] = rebranded(blank_mail(language), current_brand(), language)
    if "rules" in request.POST:
        word = request.POST["rules"]
        try:
            changes["rules"] = resolve_tree(parse_tree(load_json(word)), user=by)
        except RuleTreeError as error:
            messages.error(request, problem_message(error.problems[0]))
            return redirect(_back_to_rules(word))
    mailing = services.create_mailing(changes, by=by, now=now)
    if template is not None:
        services.start_from_template(mailing, template, by=by, now=now)
    return redirect("mailings:mailing", pk=mailing.pk)


def _back_to_rules(word: str) -> str:
    """The audience page with the rules as they were given, faults and all."""
    query = urlencode({"r": pack_text(word)})
    return f"{reverse('segments:audience')}?{query}"


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a draft; what became of it for any other."""
    shown = get_mailing(request, pk)
    context = {"mailing": shown, **_existing_includes()}
    if shown.state == MailingState.DRAFT:
        return render(
            request,
            "mailings/mailing_form.html",
            context | _form_context(request, shown),
        )
    return render(
        request, "mailings/mailing_page.html", context | _page_context(request, shown)
    )


def _form_context(request: HttpRequest, shown: Mailing) -> dict[str, object]:
    contents = list(main_version(shown).contents.order_by("language"))
    language = request.GET.get("language", "")
    content = next((c for c in contents if c.language == language), None)
    if content is None:
        language = ""
        content = next((c for c in contents if not c.language), None)
    return {
        "form": MailingForm(initial=initial_values(shown, content)),
        "builder": builder_context(signed_in(request), shown.rules),
        "content": content,
        "language": language,
        "languages": _language_tabs(contents),
        "absent_languages": _absent_languages(contents, Language.values),
        "further_languages": _further_languages(contents),
        "merge_fields": MERGE_FIELDS,
        "subject_good": rules.GOOD_SUBJECT_LENGTH,
        "preheader_good": rules.GOOD_PREHEADER_LENGTH,
        "campaigns": Campaign.objects.values_list("name", flat=True)[:200],
        "may_send": signed_in(request).may(Right.SEND_MAILINGS),
        "schedule_form": ScheduleForm(initial=_tomorrow_morning()),
        **editor_context(request, content),
    }


def _tomorrow_morning() -> dict[str, object]:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return {
        "scheduled_at": datetime.combine(tomorrow, MORNING),
        "time_zone": timezone.get_current_timezone_name(),
    }


def _language_tabs(contents: list[VersionContent]) -> list[tuple[str, str]]:
    return [(c.language, addressed_to(c.language)) for c in contents]


def _absent_languages(
    contents: list[VersionContent], codes: Iterable[str]
) -> list[tuple[str, str]]:
    present = {content.language for content in contents}
    return [(code, language_name(code)) for code in codes if code not in present]


def _further_languages(contents: list[VersionContent]) -> list[tuple[str, str]]:
    codes = set(MAIL_LANGUAGES) - set(Language.values)
    return sorted(_absent_languages(contents, codes), key=lambda one: one[1])


def _audience_context(shown: Mailing) -> dict[str, object]:
    try:
        return {"figures": planned_figures(shown, now=timezone.now())}
    except RuleTreeError:
        return {}


def _page_context(request: HttpRequest, shown: Mailing) -> dict[str, object]:
    now = timezone.now()
    undo_seconds = 0.0
    if shown.state == MailingState.SCHEDULED and shown.undo_until:
        undo_seconds = (shown.undo_until - now).total_seconds()
    return {
        "sums": ledger_sums(shown),
        "content": main_version(shown).contents.order_by("language").first(),
        "undo_seconds": max(0, round(undo_seconds)),
        "is_moving": shown.state == MailingState.SENDING or _starts_soon(shown),
        "starts_in": shown.schedule_time_zone or timezone.get_current_timezone_name(),
        "may_send": signed_in(request).may(Right.SEND_MAILINGS),
        "may_manage_sending": signed_in(request).may(Right.MANAGE_SENDING),
        **(_audience_context(shown) if shown.started_at is None else {}),
    }


def _starts_soon(shown: Mailing) -> bool:
    """Scheduled for the next minutes: worth watching."""
    return (
        shown.state == MailingState.SCHEDULED
        and shown.scheduled_at is not None
        and shown.scheduled_at < timezone.now() + WATCHED_BEFORE_START
    )


def _existing_includes() -> dict[str, bool]:
    return {name: _exists(template) for name, template in ROOMS_ABOVE.items()}


def _exists(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_state(request: HttpRequest, pk: int) -> HttpResponse:
    """For a page that waits: loads itself anew once the state is not ``seen``."""
    answer = HttpResponse(status=204)
    if get_mailing(request, pk).state != request.GET.get("seen"):
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@right_required(Right.USE_MAILINGS)
def mailing_save(request: HttpRequest, pk: int) -> JsonResponse:
    """Autosave: 200 with the new revision, 409 on a conflict, 422 with problems."""
    shown = get_mailing(request, pk)
    form = MailingForm(request.POST)
    if not form.is_valid():
        problems = {
            name: lines.as_text().removeprefix("* ")
            for name, lines in form.errors.items()
        }
        return JsonResponse({"problems": problems}, status=422)
    now = timezone.now()
    try:
        saved = services.save_mailing(
            shown,
            form.changes(now=now),
            language=_language(request),
            revision=_revision(request),
            by=signed_in(request),
            now=now,
        )
    except services.MailingInvalidError as error:
        return JsonResponse({"problems": error.problems}, status=422)
    except services.MailingConflictError as error:
        answer = {"conflict": str(error), "revision": error.revision}
        return JsonResponse(answer, status=409)
    except services.MailingStateError as error:
        return JsonResponse({"conflict": str(error)}, status=409)
    title = conditional_escape(mailing_title(get_mailing(request, saved.pk)))
    return JsonResponse({"revision": saved.revision, "title": title})


def _language(request: HttpRequest) -> str:
    return normalized_language(request.POST.get("language", ""))


def _revision(request: HttpRequest) -> int | None:
    """The revision the form was made from; None if the person overwrites."""
    text = request.POST.get("revision", "")
    if "overwrite" in request.POST:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
