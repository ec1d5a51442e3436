"""What the builder asks while somebody edits: counts, values, other notations.

``builder_context`` makes the context of ``segments/_builder.html``, which any
page may include inside a form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.models import User
from winback.consent.models import Topic
from winback.core.formats import number_text
from winback.core.models import Installation
from winback.segments import screen
from winback.segments.cautions import Caution, audience_cautions
from winback.segments.fields import FIELDS
from winback.segments.links import people_query
from winback.segments.odoo import export_domain, read_rules
from winback.segments.queries import AnyTree, as_tree, visible_favourites
from winback.segments.recipes import RECIPES
from winback.segments.rules import RuleTreeError, fault, load_json
from winback.segments.services import resolve_tree
from winback.segments.waterfall import WILL_BE_MAILED, Reach, Waterfall, waterfall
from winback.segments.words import problem_message

DEFAULT_CAP_DAYS = 7
MAX_CAP_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Beside the rules: what decides who of the audience is written to."""

    topic_id: int | None
    frequency_cap_days: int

    def reach(self, tree: AnyTree, *, user: User, now: datetime) -> Reach:
        """Who of the leads that ``user`` may see is written to on these terms."""
        return Reach(
            tree=tree,
            user=user,
            topic_id=self.topic_id,
            frequency_cap_days=self.frequency_cap_days,
            now=now,
        )

    def query(self, tree: Mapping[str, Any], **more: str) -> str:
        """The query string of the list of people of ``tree``."""
        return people_query(
            tree, topic_id=self.topic_id, cap_days=self.frequency_cap_days, **more
        )


def read_terms(given: Mapping[str, Any]) -> Terms:
    """The terms in a request; what is missing or odd is as for a new mailing."""
    topics = dict(Topic.objects.values_list("pk", "is_default"))
    topic_id = _whole(given.get("topic"))
    if topic_id not in topics:
        topic_id = next((pk for pk, is_default in topics.items() if is_default), None)
    cap = _whole(given.get("cap"))
    usable = cap is not None and 0 <= cap <= MAX_CAP_DAYS
    return Terms(
        topic_id=topic_id,
        frequency_cap_days=cap if cap is not None and usable else DEFAULT_CAP_DAYS,
    )


def _whole(raw: object) -> int | None:
    text = str(raw)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def builder_context(
    user: User, tree: Mapping[str, Any], *, name: str = "rules"
) -> dict[str, Any]:
    """The context ``builder`` of ``segments/_builder.html``.

    ``name`` is the field of the form around it that gets the tree as JSON. Names
    in ``tree`` become ids; a faulty tree is shown as it is, its faults marked.
    """
    try:
        shown = resolve_tree(tree, user=user)
    except RuleTreeError:
        shown = dict(tree)
    return {
        "name": name,
        "tree_json": json.dumps(shown),
        "registry": screen.registry(shown),
        "recipes": _usable_recipes(),
        "favourites": list(visible_favourites(user).select_related("owner")),
    }


def _usable_recipes() -> list[dict[str, Any]]:
    """Those whose reasons and stages still have their first names here."""
    usable = []
    for recipe in RECIPES:
        try:
            tree = resolve_tree(recipe.tree)
        except RuleTreeError:
            continue
        usable.append({"label": recipe.label, "tree_json": json.dumps(tree)})
    return usable


@require_POST
@login_required
def audience_count(request: HttpRequest) -> HttpResponse:
    """Figures, cautions and faults of the tree being edited."""
    user, now = _user(request), timezone.now()
    try:
        body = _body(request)
        terms = read_terms(body)
        tree = resolve_tree(_mapping(body.get("rules")), user=user)
        figures = waterfall(terms.reach(tree, user=user, now=now))
    except RuleTreeError as error:
        return _faults(error)
    cautions = audience_cautions(tree, user=user, now=now)
    context = {
        "figures": figures,
        "steps": _steps(figures, tree, terms),
        "people_url": _people_url(tree, terms),
        "cautions": [_shown(one) for one in cautions if _is_beside(one)],
    }
    return JsonResponse(
        {
            "html": render_to_string("segments/_figures.html", context, request),
            "announcement": _announcement(figures),
            "remarks": [_remark(one) for one in cautions if not _is_beside(one)],
            "matched": figures.matched,
        }
    )


@require_GET
@login_required
def value_list(request: HttpRequest, field: str) -> HttpResponse:
    """The values to choose from for one field, found by a part of their name."""
    if field not in FIELDS:
        raise Http404
    text = request.GET.get("q", "")[:200]
    return JsonResponse({"values": screen.find_values(field, text)})


@require_POST
@login_required
def notation(request: HttpRequest) -> HttpResponse:
    """A tree from a text in JSON or in Odoo's notation, and both texts of a tree."""
    user = _user(request)
    try:
        body = _body(request)
        if "text" in body:
            tree = resolve_tree(_mapping(read_rules(str(body["text"]))), user=user)
            return JsonResponse({"tree": tree, "remarks": []})
        tree = resolve_tree(_mapping(body.get("rules")), user=user)
        domain = export_domain(as_tree(tree), zone=Installation.current().zone)
        return JsonResponse({"odoo": domain, "remarks": []})
    except RuleTreeError as error:
        return _faults(error)


def _body(request: HttpRequest) -> Mapping[str, object]:
    return _mapping(load_json(request.body))


def _mapping(raw: object) -> Mapping[str, object]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise fault("", "not_a_rule")
    return raw


def _faults(error: RuleTreeError) -> JsonResponse:
    remarks = [
        {"path": one.path, "level": "error", "text": problem_message(one)}
        for one in error.problems
    ]
    return JsonResponse({"remarks": remarks}, status=422)


def _is_beside(caution: Caution) -> bool:
    """Shown beside the figures; the others on the row that they are about."""
    return not caution.path or caution.code == "most_restrictive"


def _shown(caution: Caution) -> dict[str, Any]:
    return {
        "message": caution.message,
        "is_note": caution.code == "archived_left_out",
        "cure_label": caution.cure_label,
        "cure_json": json.dumps(caution.cure) if caution.cure is not None else "",
    }


def _remark(caution: Caution) -> dict[str, Any]:
    cure = {"label": caution.cure_label, "tree": caution.cure}
    return {
        "path": caution.path,
        "level": "note",
        "text": caution.message,
        "cure": cure if caution.cure is not None else None,
    }


def reason_label(reason: str, *, cap_days: int) -> str:
    """Why somebody of an audience is not written to, as the figures say it."""
    if reason == "recently_mailed":
        words = ngettext(
            "mailed in the last %(n)s day", "mailed in the last %(n)s days", cap_days
        )
        return words % {"n": number_text(cap_days)}
    return {
        WILL_BE_MAILED: pgettext("figure", "will be mailed"),
        "no_address": pgettext("figure", "no address"),
        "invalid_address": pgettext("figure", "invalid address"),
        "duplicate": pgettext("figure", "same address as another lead"),
        "blacklisted": pgettext("figure", "blacklisted"),
        "opted_out": pgettext("figure", "opted out of this topic"),
        "paused": pgettext("figure", "asked for a pause"),
        "fewer_mails": pgettext("figure", "want fewer mails"),
    }[reason]


def _steps(
    figures: Waterfall, tree: dict[str, Any], terms: Terms
) -> list[dict[str, Any]]:
    cap = terms.frequency_cap_days
    lost = [
        {
            "kind": "minus",
            "label": reason_label(reason, cap_days=cap),
            "count": count,
            "url": _people_url(tree, terms, who=reason) if count else "",
        }
        for reason, count in figures.left_out.items()
        if reason != "recently_mailed" or cap  # a cap of no days leaves nobody out
    ]
    start = {
        "kind": "start",
        "label": pgettext("figure", "matched"),
        "count": figures.matched,
        "url": _people_url(tree, terms) if figures.matched else "",
    }
    mailed = figures.will_be_mailed
    total = {
        "kind": "total",
        "label": reason_label(WILL_BE_MAILED, cap_days=cap),
        "count": mailed,
        "url": _people_url(tree, terms, who="mailed") if mailed else "",
    }
    return [start, *lost, total]


def _people_url(tree: dict[str, Any], terms: Terms, **more: str) -> str:
    return f"{reverse('segments:audience-people')}?{terms.query(tree, **more)}"


def _announcement(figures: Waterfall) -> str:
    return gettext("%(records)s %(mailed)s will be mailed.") % {
        "records": ngettext("%(count)s record.", "%(count)s records.", figures.matched)
        % {"count": number_text(figures.matched)},
        "mailed": number_text(figures.will_be_mailed),
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
