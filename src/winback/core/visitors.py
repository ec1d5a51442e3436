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
    network; then the last address it wrote down is the visitor's, if it is one.
    """
    try:
        is_own_proxy = ipaddress.ip_address(remote).is_private
        # Anything may stand there; what is no address names nobody.
        last = str(ipaddress.ip_address(forwarded_for.rpartition(",")[2].strip()))
    except ValueError:
        return remote
    return last if is_own_proxy else remote
