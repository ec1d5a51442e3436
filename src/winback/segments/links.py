"""Rule trees in addresses of pages, so that a list of people can be bookmarked."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping

from django.utils.http import urlencode
from django.utils.translation import gettext

from winback.segments.rules import RuleTreeError, fault, load_json
from winback.segments.rules.parsing import MAX_BYTES


def pack_tree(tree: Mapping[str, object]) -> str:
    """The tree as a short word for a query string."""
    return pack_text(json.dumps(tree, ensure_ascii=False, separators=(",", ":")))


def pack_text(text: str) -> str:
    """The same for a tree that is JSON already, checked or not."""
    packed = zlib.compress(text.encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def people_query(
    tree: Mapping[str, object], *, topic_id: int | None, cap_days: int, **more: str
) -> str:
    """The query string of the list of people of ``tree``, on a mailing's terms."""
    terms = {"r": pack_tree(tree), "topic": topic_id or "", "cap": cap_days, **more}
    return urlencode(terms)


def unpack_tree(word: str) -> object:
    """What ``pack_tree`` packed, not yet checked.

    Raises RuleTreeError for anything else; never unpacks more than a tree may
    weigh.
    """
    try:
        padded = word.encode("ascii") + b"=" * (-len(word) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        text = reader.decompress(packed, MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        raise _cut_off() from None
    if reader.unconsumed_tail:
        raise fault("", "too_large", limit=MAX_BYTES)
    if not reader.eof:
        raise _cut_off()
    return load_json(text)


def _cut_off() -> RuleTreeError:
    return fault("", "not_json", detail=gettext("the address is cut off"))
