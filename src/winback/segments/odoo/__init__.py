"""Odoo's prefix notation of rules: read as a literal, never evaluated; written."""

from winback.segments.odoo.reading import parse_domain
from winback.segments.odoo.writing import export_domain
from winback.segments.rules import fault, load_json

__all__ = ["export_domain", "parse_domain", "read_rules"]


def read_rules(text: str | bytes) -> object:
    """The grammar's JSON that a document holds, be it JSON or Odoo's notation.

    Raises RuleTreeError, never anything else; the tree itself is checked by
    ``rules.parse_tree``.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise fault("", "not_json", detail=str(error)[:200]) from None
    return parse_domain(text) if text[:200].lstrip()[:1] == "[" else load_json(text)
