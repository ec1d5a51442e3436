"""What every command needs before it touches the product."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
import django
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

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


def with_database(command: Callable[P, R]) -> Callable[P, R]:
    """Set Django up on a database that is there and of this version.

    A new installation's database is made on the way, so that a first import
    needs no other command. One of an older version is left as it is: bringing
    it up to date is for whoever runs the installation to decide.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        _prepare_database()
        return command(*args, **kwargs)

    return with_django(wrapped)


def _prepare_database() -> None:
    try:
        executor = MigrationExecutor(connection)
        if not executor.loader.applied_migrations:
            call_command("migrate", interactive=False, verbosity=0)
        elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise click.ClickException(
                "The database is of an older version. Stop Winback, make a backup, "
                "then run: winback migrate"
            )
    except DatabaseError as error:
        raise click.ClickException(
            f"The database cannot be used, see winback doctor: {error}"
        ) from None


def with_settings(command: Callable[P, R]) -> Callable[P, R]:
    """Check the environment, no more: for commands that only start another program."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        return command(*args, **kwargs)

    return wrapped
