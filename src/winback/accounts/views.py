"""Login, profile and people."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winback.accounts import services
from winback.accounts.access import right_required, signed_in
from winback.accounts.forms import (
    InstallationForm,
    LoginForm,
    NewPersonForm,
    OwnPasswordForm,
    PersonForm,
    ProfileForm,
)
from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.core.audit import record
from winback.core.models import Installation

YEAR_IN_SECONDS = 365 * 24 * 3600

login = require_http_methods(["GET", "HEAD", "POST"])(
    LoginView.as_view(
        template_name="accounts/login.html",
        authentication_form=LoginForm,
        redirect_authenticated_user=True,
    )
)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember a language in the browser and, for people logged in, with them."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    if isinstance(request.user, User):
        request.user.language = language
        request.user.save(update_fields=["language"])
    response = redirect(_safe_next(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_IN_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else "/"


@require_GET
@login_required
def settings_home(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:profile")


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=signed_in(request))
    if request.method == "POST" and form.is_valid():
        person = form.save()
        with override(person.language or None):
            messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    context = {"form": form, "password_form": OwnPasswordForm(form.instance)}
    return render(
        request, "accounts/profile.html", context, status=422 if form.errors else 200
    )


@require_POST
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    password_form = OwnPasswordForm(person, request.POST)
    if password_form.is_valid():
        update_session_auth_hash(request, password_form.save())
        messages.success(request, _("Your password is changed."))
        return redirect("accounts:profile")
    context = {"form": ProfileForm(instance=person), "password_form": password_form}
    return render(request, "accounts/profile.html", context, status=422)


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_INSTALLATION)
def installation(request: HttpRequest) -> HttpResponse:
    form = InstallationForm(request.POST or None, instance=Installation.current())
    if request.method == "POST" and form.is_valid():
        form.save()
        record(
            "core.change_installation",
            actor=signed_in(request),
            subject="installation",
            subject_id=1,
            at=timezone.now(),
            fields=sorted(form.changed_data),
        )
        messages.success(request, _("The settings are saved."))
        return redirect("accounts:installation")
    return render(
        request,
        "accounts/installation.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@require_GET
@right_required(Right.MANAGE_INSTALLATION)
def person_list(request: HttpRequest) -> HttpResponse:
    people = User.objects.select_related("team").order_by("-is_active", "email")
    return render(request, "accounts/person_list.html", {"people": people})


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_INSTALLATION)
def person_new(request: HttpRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        messages.success(request, _("%(name)s can log in now.") % {"name": person})
        return redirect("accounts:person-list")
    return _render_person(request, form, None)


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_INSTALLATION)
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=person)
    if person == request.user:
        form.fields["role"].disabled = True
        form.fields["role"].help_text = _("Only somebody else can change your role.")
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("%(name)s is saved.") % {"name": person})
        return redirect("accounts:person-list")
    return _render_person(request, form, person)


def _render_person(
    request: HttpRequest, form: PersonForm, person: User | None
) -> HttpResponse:
    context = {"form": form, "person": person}
    status = 422 if form.errors else 200
    return render(request, "accounts/person_form.html", context, status=status)


@require_POST
@right_required(Right.MANAGE_INSTALLATION)
def person_close(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        services.close_account(person, by=signed_in(request))
    except services.OwnAccountError:
        messages.error(request, _("You cannot close your own account."))
    else:
        messages.success(
            request, _("The account of %(name)s is closed.") % {"name": person}
        )
    return redirect("accounts:person-list")


@require_POST
@right_required(Right.MANAGE_INSTALLATION)
def person_open(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    services.open_account(person)
    messages.success(request, _("%(name)s can log in again.") % {"name": person})
    return redirect("accounts:person-list")
