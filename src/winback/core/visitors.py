"""Whom a request came from, behind a web server or not."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest


def visitor_address(request: HttpRequest) -> str:
    """The visitor's IP address, as ``client_address`` says."""
    return client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    )


def client_address(remote: str, forwarded_for: str) -> str:
    """Whom the request came from.

    A proxy is believed only if it stands on this machine or in a private
    network; then the last address it wrote down is the visitor's.
    """
    try:
        is_own_proxy = ipaddress.ip_address(remote).is_private
    except ValueError:
        is_own_proxy = False
    last = forwarded_for.rpartition(",")[2].strip()
    return last if is_own_proxy and last else remote
