"""What every command needs before it touches the product."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import django

P = ParamSpec("P")
R = TypeVar("R")


def with_django(command: Callable[P, R]) -> Callable[P, R]:
    """Set Django up before the command's body runs (after --help and parsing)."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        django.setup()
        return command(*args, **kwargs)

    return wrapped


def with_settings(command: Callable[P, R]) -> Callable[P, R]:
    """Check the environment, no more: for commands that only start another program."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        return command(*args, **kwargs)

    return wrapped
