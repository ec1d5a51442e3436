"""Which mailing a request is about, for whoever may see it."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from winback.accounts.access import signed_in
from winback.mailings.models import Mailing
from winback.mailings.queries import mailings_of


def get_mailing(request: HttpRequest, pk: int) -> Mailing:
    """The mailing if this person may see it; 404 otherwise."""
    mailings = mailings_of(signed_in(request))
    return get_object_or_404(
        mailings.select_related("campaign", "topic", "responsible"), pk=pk
    )
