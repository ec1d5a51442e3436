"""What is kept of the visitor: little enough not to be a person's trace."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

# Browsers and checkers that fetch ahead of the reader say so in one of these.
PURPOSE_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
AHEAD_WORDS = ("prefetch", "prerender", "preview")


def ip_prefix(address: str) -> str:
    """The network of ``address``: /24 for IPv4, /48 for IPv6; "" if it is none."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            network = ipaddress.IPv6Address(ip.packed[:6] + bytes(10))
            return f"{network}/48"
        ip = ip.ipv4_mapped
    return f"{str(ip).rpartition('.')[0]}.0/24"


def fetch_purpose(environ: Mapping[str, str]) -> str:
    """``prefetch`` and the like if the request says it was made ahead; else "".

    ``environ`` names headers as WSGI does (PEP 3333).
    """
    for name in PURPOSE_HEADERS:
        value = environ.get(name, "").lower()
        if value and any(word in value for word in AHEAD_WORDS):
            return value[:40]
    return ""
