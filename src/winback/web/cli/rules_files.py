"""Rules and people named on the command line."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")
MAX_BYTES = 4 * 1024 * 1024
RULES_ARGUMENT = click.argument("rules", metavar="RULES.json")
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
AS_OPTION = click.option(
    "--as",
    "as_user",
    metavar="EMAIL",
    help="Count only leads this person may see. Default: all leads.",
)


def read_rules_file(name: str) -> object:
    """The grammar's JSON in a file, or in standard input for ``-``.

    The file holds JSON or Odoo's notation. Raises RuleTreeError for what is in
    it and click.UsageError (exit 2) if it cannot be read.
    """
    from winback.segments.odoo import read_rules  # noqa: PLC0415

    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{name}: {error.strerror}.") from None
    return read_rules(content)


def find_user(email: str | None) -> Any:
    """The person with that login; None for None. Exit 2 if there is none."""
    from winback.accounts.models import User  # noqa: PLC0415

    if email is None:
        return None
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise click.UsageError(f"There is no person with the login {email}.")
    return user


def telling_faults(command: Callable[P, R]) -> Callable[P, R]:
    """Tell faults of the rules with their places, then exit with 2.

    With ``--json`` as one JSON object on standard output, else in words on
    standard error. Comes below ``with_django``.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from winback.segments.rules import RuleTreeError  # noqa: PLC0415
        from winback.segments.words import problem_message  # noqa: PLC0415

        try:
            return command(*args, **kwargs)
        except RuleTreeError as error:
            problems = [
                {"path": one.path, "code": one.code, "message": problem_message(one)}
                for one in error.problems
            ]
            _tell(problems, as_json=bool(kwargs.get("as_json")))
            raise SystemExit(2) from None

    return wrapped


def _tell(problems: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": "rules", "problems": problems}))
        return
    click.echo("These rules cannot be evaluated:", err=True)
    for one in problems:
        place = f"{one['path']}: " if one["path"] else ""
        click.echo(f"  {place}{one['message']}", err=True)
