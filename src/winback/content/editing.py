"""What the editor's page needs to know, as one value for its scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _

from winback.content.blocks import (
    BLOCK_ICONS,
    BLOCKS,
    ELEMENT_LABELS,
    PROPERTIES,
    block_sources,
)
from winback.content.branding.rules import rebranded
from winback.content.branding.services import current_brand
from winback.content.document import direction_of
from winback.content.fields import MERGE_FIELDS

# A merge field and the values that a condition may ask it for.
Choices = Sequence[tuple[str, str]]


def editor_setup(
    request: HttpRequest, *, language: str, conditions: Mapping[str, Choices]
) -> dict[str, object]:
    """Blocks, properties, merge fields and words for the editor of one body.

    ``language`` is the mail's; ``conditions`` holds, by merge field, the values
    that a block may be shown for, each with its label.
    """
    sources, brand = block_sources(language), current_brand()
    return {
        "language": language,
        "direction": direction_of(language),
        "csrf": get_token(request),
        "drawUrl": reverse("content:canvas-draw"),
        "uploadUrl": reverse("content:picture-upload"),
        "pictureUrl": reverse("content:picture-used", args=["NAME"]),
        "blocks": [
            {
                "kind": block.kind,
                "label": str(block.label),
                "icon": BLOCK_ICONS[block.kind],
                "isSection": block.is_section,
                "source": rebranded(sources[block.kind], brand, language),
            }
            for block in BLOCKS
        ],
        "properties": {
            element: [
                {"name": each.name, "label": str(each.label), "kind": each.kind}
                for each in properties
            ]
            for element, properties in PROPERTIES.items()
        },
        "elements": {name: str(label) for name, label in ELEMENT_LABELS.items()},
        "fields": [
            {"path": f.path, "label": str(f.label), "always": f.always_set}
            for f in MERGE_FIELDS
        ],
        "conditions": _conditions(conditions),
        "words": _words(),
    }


def _conditions(given: Mapping[str, Choices]) -> list[dict[str, object]]:
    labels = {field.path: str(field.label) for field in MERGE_FIELDS}
    return [
        {
            "path": path,
            "label": labels.get(path, path),
            "values": [{"value": value, "label": label} for value, label in values],
        }
        for path, values in given.items()
    ]


def _words() -> dict[str, str]:
    return {
        "condition": _("Only for some people"),
        "conditionOther": _("A condition written by hand. Change it in the code."),
        "hasProduct": _("Those with a product of interest"),
        "ifIs": _("Only if %(field)s is %(values)s"),
        "ifSet": _("Only with %(field)s"),
        "if": _("If"),
        "else": _("Else"),
        "end": _("End"),
        "or": _("or"),
        "nothing": _("Nothing to set here. Change it in the code."),
        "chooseBlock": _("Choose a block in the mail to change it."),
        "start": _("At the start"),
        "centre": _("In the middle"),
        "far": _("At the end"),
        "asUsual": _("As usual"),
        "upload": _("Upload a picture"),
        "earlier": _("Earlier pictures"),
        "uploading": _("Uploading…"),
        "uploadFailed": _("The picture could not be uploaded. Try again."),
        "altMissing": _("Say what the picture shows, for people who do not see it."),
        "insertField": _("Insert a merge field"),
        "noColour": _("No colour of its own"),
        "drawFailed": _("The mail cannot be drawn right now. Trying again."),
        "line": _("Line %(line)s: %(message)s"),
        "moved": _("Moved: %(block)s"),
        "removed": _("Removed: %(block)s"),
        "added": _("Added: %(block)s"),
        "empty": _("Empty column: put a block here"),
        "picture": _("Choose a picture"),
    }
