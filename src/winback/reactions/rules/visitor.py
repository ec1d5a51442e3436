"""What is kept of the visitor: little enough not to be a person's trace."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

# Browsers and checkers that fetch ahead of the reader say so in one of these.
PURPOSE_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
AHEAD_WORDS = ("prefetch", "prerender", "preview")


def ip_prefix(address: str) -> str:
    """The network of ``address``: /24 for IPv4, /48 for IPv6; "" if it is none."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    length = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network((ip, length), strict=False))


def fetch_purpose(headers: Mapping[str, str]) -> str:
    """``prefetch`` and the like if the request says it was made ahead; else ""."""
    for name in PURPOSE_HEADERS:
        value = headers.get(name, "").lower()
        if any(word in value for word in AHEAD_WORDS):
            return value[:40]
    return ""
