"""Guards of views: a page a person may not use does not exist for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from winback.accounts.models import User
from winback.accounts.rules import Right

R = TypeVar("R", bound=HttpResponseBase)


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that ``login_required`` let through."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def right_required(
    right: Right,
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Leads strangers to the login and answers 404 to people without ``right``."""

    def decorate(view: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> R:
            if not signed_in(request).may(right):
                raise Http404
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
