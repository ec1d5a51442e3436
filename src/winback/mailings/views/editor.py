"""What the form gives to the editor of a body."""

from __future__ import annotations

from django.http import HttpRequest

from winback.content.editing import Choices, editor_setup
from winback.content.languages import language_name
from winback.content.models import BodyKind
from winback.core.choices import Language
from winback.core.models import Installation
from winback.crm.models import Lead, LostReason, Product
from winback.mailings.contents import written_language
from winback.mailings.models import VersionContent

MOST_PRODUCTS = 200


def editor_context(
    request: HttpRequest, content: VersionContent | None
) -> dict[str, object]:
    """``editor`` for a body in MJML; the other kinds have editors of their own."""
    if content is None or content.body_kind != BodyKind.MJML:
        return {}
    language = written_language(content, Installation.current())
    setup = editor_setup(request, language=language, conditions=_conditions(language))
    return {"editor": setup}


def _conditions(language: str) -> dict[str, Choices]:
    """What a block may be shown for, in the words that the mail's fields have."""
    reasons = LostReason.objects.order_by("name")
    products = Product.objects.order_by("name").values_list("name", flat=True)
    return {
        "lead.lost_reason": [
            (name, name)
            for name in (r.name_translations.get(language) or r.name for r in reasons)
        ],
        "lead.language": _languages(),
        "lead.product": [],
        "lead.product.name": [(name, name) for name in products[:MOST_PRODUCTS]],
        "lead.first_name": [],
        "lead.company": [],
    }


def _languages() -> Choices:
    """Those that Winback itself speaks, then whatever else leads speak, by name."""
    own = [(code, str(name)) for code, name in Language.choices]
    spoken = Lead.objects.exclude(language__in=["", *Language.values])
    codes = spoken.order_by().values_list("language", flat=True).distinct()
    others = ((code, language_name(code)) for code in codes)
    return [*own, *sorted(others, key=lambda choice: choice[1])]
