"""What every command needs before it touches the product."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import IO, Any, ParamSpec, TypeVar

import click
import django
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

P = ParamSpec("P")
R = TypeVar("R")


class RefusedError(click.ClickException):
    """What was asked for cannot be done; the message is one line (exit 2)."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.format_message(), file=file, err=file is None)


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
    it up to date is for whoever runs the installation to decide. What the
    database refuses (it is locked, damaged, away) is told in one line.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            _prepare_database()
            return command(*args, **kwargs)
        except DatabaseError as error:
            raise click.ClickException(
                "The database cannot be used, see winback doctor: "
                f"{str(error).strip().splitlines()[0]}"
            ) from None

    return with_django(wrapped)


def _prepare_database() -> None:
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        call_command("migrate", interactive=False, verbosity=0)
    elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise click.ClickException(
            "The database is of an older version. Stop Winback, make a backup, "
            "then run: winback migrate"
        )


def with_settings(command: Callable[P, R]) -> Callable[P, R]:
    """Check the environment, no more: for commands that only start another program."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        return command(*args, **kwargs)

    return wrapped
