"""Addresses in text of any quality."""

from __future__ import annotations

import re

# Both halves bounded and begun only at a border, so the search stays linear.
_ADDRESS = re.compile(
    r"""(?:"[^"\\\r\n]{1,64}"|(?<![^\s<>()\[\]{},;:"'`|\\@=&])"""
    r"""[^\s<>()\[\]{},;:"'`|\\@]{1,250}+)"""
    r"""@[^\s<>()\[\]{},;:"'`|\\@/?&=!#]{1,255}+"""
)
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,20}")
MAX_ADDRESSES = 200


def addresses_in(text: str) -> list[str]:
    """Every different address in ``text``, lower case, in order; 200 at most."""
    found: dict[str, None] = {}
    for match in _ADDRESS.finditer(text):
        if address := _plausible(match[0]):
            found[address] = None
            if len(found) >= MAX_ADDRESSES:
                break
    return list(found)


def as_address(text: str) -> str:
    """``text`` as one lower-case address without its wrapping, or ""."""
    for match in _ADDRESS.finditer(text[:5000]):
        if address := _plausible(match[0]):
            return address
    return ""


def _plausible(text: str) -> str:
    """The address if its two halves could be ones (RFC 5321, section 4.1.2), or ""."""
    local, _at, domain = text.rpartition("@")
    domain, local = domain.strip(".-"), local.lstrip(".")
    if not local or not _DOMAIN.fullmatch(domain) or not local.isprintable():
        return ""
    return f"{local}@{domain}".lower()
