"""Settings: what mailings are about, as far as opting out goes."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.consent.forms import TopicForm
from winback.consent.models import Topic
from winback.consent.services import topics as services


@require_GET
@right_required(Right.MANAGE_BLACKLIST)
def topic_list(request: HttpRequest) -> HttpResponse:
    topics = Topic.objects.annotate(opted_out=Count("opt_outs")).order_by(
        F("archived_at").asc(nulls_first=True), "-is_default", "name"
    )
    return render(request, "consent/topic_list.html", {"topics": list(topics)})


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_BLACKLIST)
def topic_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    topic = get_object_or_404(Topic, pk=pk) if pk else None
    form = TopicForm(request.POST or None, instance=topic)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return redirect("consent:topic-list")
    context = {"form": form, "topic": topic}
    status = 422 if form.errors else 200
    return render(request, "consent/topic_form.html", context, status=status)


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(Topic, pk=pk)
    user, now = signed_in(request), timezone.now()
    if services.archive_topic(topic, by=user, now=now):
        words = _("%(name)s is archived: what people said about it stays.")
        messages.success(request, words % {"name": topic})
    else:
        words = _(
            "New mailings are about %(name)s. Choose another topic for them first."
        )
        messages.error(request, words % {"name": topic})
    return redirect("consent:topic-list")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def use_again(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(Topic, pk=pk)
    services.use_topic_again(topic, by=signed_in(request), now=timezone.now())
    messages.success(request, _("%(name)s is in use again.") % {"name": topic})
    return redirect("consent:topic-list")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def make_default(request: HttpRequest, pk: int) -> HttpResponse:
    topic = get_object_or_404(Topic, pk=pk, archived_at=None)
    services.make_default(topic, by=signed_in(request), now=timezone.now())
    words = _("New mailings are about %(name)s from now on.")
    messages.success(request, words % {"name": topic})
    return redirect("consent:topic-list")
