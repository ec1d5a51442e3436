"""Guards of views: a page a person may not use does not exist for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from winback.accounts.models import User
from winback.accounts.rules import Right

View = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that ``login_required`` let through."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def right_required(right: Right) -> Callable[[View], View]:
    """Leads strangers to the login and answers 404 to people without ``right``."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not signed_in(request).may(right):
                raise Http404
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
