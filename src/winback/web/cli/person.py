"""``winback person``: the first account of an installation, and lost passwords."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from winback.accounts.rules import Role
from winback.core.addresses import parse_address
from winback.web.cli.setup import with_database

if TYPE_CHECKING:
    from winback.accounts.models import User


@click.group("person")
def command() -> None:
    """Let people log in. Everything else about them is on the settings pages."""


@command.command("add")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ADMINISTRATOR.value,
    show_default=True,
)
@click.option("--name", default="", help="First and last name.")
@with_database
def add(email: str, *, role: str, name: str) -> None:
    """Add an account, an administrator's unless --role says otherwise.

    The password is asked for, or read as one line where the command is not on
    a terminal.
    """
    from winback.accounts.models import User  # noqa: PLC0415

    address = parse_address(email)
    if address.status != "ok":
        raise click.ClickException(f"{email!r} is not an email address.")
    if User.objects.filter(email=address.normalized).exists():
        raise click.ClickException(
            f"{address.normalized} is there already. For a new password: "
            f"winback person password {address.normalized}"
        )
    first_name, _, last_name = name.partition(" ")
    person = User(
        email=address.normalized, role=role, first_name=first_name, last_name=last_name
    )
    _set_password(person)
    person.save()
    _record("accounts.add_person", person)
    click.echo(f"{person.email} can log in now ({person.get_role_display()}).")


@command.command("password")
@click.argument("email")
@with_database
def password(email: str) -> None:
    """Set a new password for somebody who lost theirs."""
    from winback.accounts.models import User  # noqa: PLC0415

    person = User.objects.filter(email=parse_address(email).normalized).first()
    if person is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    _set_password(person)
    person.save(update_fields=["password"])
    _record("accounts.set_password", person)
    click.echo(f"{person.email} has a new password.")


def _set_password(person: User) -> None:
    if sys.stdin.isatty():
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    try:
        validate_password(given, user=person)
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from None
    person.set_password(given)


def _record(action: str, person: User) -> None:
    from winback.core.audit import record  # noqa: PLC0415

    record(
        action,
        actor=None,
        subject="person",
        subject_id=person.pk,
        at=timezone.now(),
        through="command line",
    )
