"""``winback mailing``: make, send and watch mailings."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from django.utils import timezone

from winback.web.cli.rules_files import (
    JSON_OPTION,
    find_user,
    read_rules_file,
    telling_faults,
)
from winback.web.cli.setup import with_database

P = ParamSpec("P")
R = TypeVar("R")
MAX_BODY_BYTES = 2 * 1024 * 1024
MAILING_ARGUMENT = click.argument("mailing_id", metavar="ID", type=int)
BY_OPTION = click.option(
    "--as",
    "as_user",
    metavar="EMAIL",
    help="Who does it. Default: the first administrator, else the command line itself.",
)
TEXT_OPTIONS = {
    "subject": "The subject; Liquid is possible.",
    "preheader": "The line that mail lists show after the subject.",
    "name": "What the mailing is called. Default: its subject.",
    "from-name": "The sender's name.",
    "from-address": "The sender's address.",
    "reply-to": "Where replies go. Default: Winback reads and counts them.",
    "campaign": "The campaign it is reported under.",
}


@click.group
def command() -> None:
    """Make, send and watch mailings."""


def _telling_refusals(run: Callable[P, R]) -> Callable[P, R]:
    """Tell why something is not possible, then exit with 1."""

    @functools.wraps(run)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from winback.mailings.services import MailingError  # noqa: PLC0415

        try:
            return run(*args, **kwargs)
        except MailingError as error:
            details = getattr(error, "reasons", None) or getattr(error, "problems", {})
            if kwargs.get("as_json"):
                click.echo(json.dumps({"error": str(error), "details": details}))
            else:
                click.echo(str(error), err=True)
            raise SystemExit(1) from None

    return wrapped


def _with_text_options(run: Callable[P, R]) -> Callable[P, R]:
    for name, words in reversed(TEXT_OPTIONS.items()):
        run = click.option(f"--{name}", help=words)(run)
    return run


@command.command
@_with_text_options
@click.option(
    "--body-file", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@click.option(
    "--body-kind",
    type=click.Choice(["text", "mjml", "html"]),
    help="Default: by the file's ending (.mjml, .html), else text.",
)
@click.option("--template", help="Key or name of a saved template to start from.")
@click.option("--rules", metavar="RULES.json", help="The audience; - reads stdin.")
@click.option("--frequency-cap-days", type=click.IntRange(0, 3650))
@BY_OPTION
@JSON_OPTION
@with_database
@telling_faults
@_telling_refusals
def create(as_user: str | None, as_json: bool, **options: Any) -> None:
    """Make a draft. Prints its id."""
    from winback.mailings import services  # noqa: PLC0415

    by, now = _actor(as_user), timezone.now()
    template = _template(options.pop("template"))
    changes = _changes(options, now=now)
    mailing = services.create_mailing({}, by=by, now=now)
    try:
        if template is not None:
            mailing = services.start_from_template(mailing, template, by=by, now=now)
        if changes:
            mailing = services.save_mailing(
                mailing, changes, revision=None, by=by, now=now
            )
    except services.MailingError:
        services.delete_draft(mailing, by=by, now=now)
        raise
    _tell_state(mailing, as_json=as_json)


@command.command
@MAILING_ARGUMENT
@click.option(
    "--undo-seconds",
    default=0,
    show_default=True,
    type=click.IntRange(0, 3600),
    help="How long it can still be taken back.",
)
@BY_OPTION
@JSON_OPTION
@with_database
@_telling_refusals
def send(
    mailing_id: int, undo_seconds: int, as_user: str | None, as_json: bool
) -> None:
    """Let a draft start; a running worker sends it."""
    from winback.mailings import services  # noqa: PLC0415

    mailing = services.send_mailing(
        _mailing(mailing_id),
        by=_actor(as_user),
        now=timezone.now(),
        undo_seconds=undo_seconds,
    )
    _tell_state(mailing, as_json=as_json)


@command.command
@MAILING_ARGUMENT
@JSON_OPTION
@with_database
@telling_faults
def status(mailing_id: int, as_json: bool) -> None:
    """Where the recipients stand; before the start, whom it would reach."""
    from winback.mailings.queries import ledger_sums, planned_figures  # noqa: PLC0415

    mailing = _mailing(mailing_id)
    answer: dict[str, Any] = {
        "id": mailing.pk,
        "name": mailing.name,
        "state": mailing.state,
        "state_reason": mailing.state_reason,
        **asdict(ledger_sums(mailing)),
    }
    if mailing.started_at is None:
        answer["planned"] = asdict(planned_figures(mailing, now=timezone.now()))
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    _print_flat(answer)


@command.command
@MAILING_ARGUMENT
@JSON_OPTION
@with_database
def results(mailing_id: int, as_json: bool) -> None:
    """The smart buttons: counts and rates."""
    from winback.results.queries import smart_buttons  # noqa: PLC0415

    mailing = _mailing(mailing_id)
    figures = {
        str(button): asdict(figure) for button, figure in smart_buttons(mailing).items()
    }
    if as_json:
        answer = {"id": mailing.pk, "name": mailing.name, "results": figures}
        click.echo(json.dumps(answer, ensure_ascii=False, default=str))
        return
    width = max(map(len, figures))
    for button, figure in figures.items():
        rate = figure.get("rate")
        share = "" if rate is None else f"{rate:>8.1%}"
        click.echo(f"{button:<{width}}  {figure['count']!s:>9}{share}{_beside(figure)}")


def _beside(figure: dict[str, Any]) -> str:
    """What the count leaves out: programs, and what nobody can tell."""
    words = {"machine_count": "by programs", "unknown_count": "unclear"}
    told = [f"{figure[name]} {word}" for name, word in words.items() if figure[name]]
    return f"  ({', '.join(told)})" if told else ""


def _moving(name: str, service: str, words: str) -> None:
    @command.command(name, help=words)
    @MAILING_ARGUMENT
    @BY_OPTION
    @JSON_OPTION
    @with_database
    @_telling_refusals
    def move(mailing_id: int, as_user: str | None, as_json: bool) -> None:
        from winback.mailings import services  # noqa: PLC0415

        change = getattr(services, service)
        mailing = change(_mailing(mailing_id), by=_actor(as_user), now=timezone.now())
        _tell_state(mailing, as_json=as_json)


_moving("pause", "pause_mailing", "Hand over no further mail until it is resumed.")
_moving("cancel", "cancel_mailing", "Send no further mail, for good.")


@command.command
@MAILING_ARGUMENT
@click.option(
    "--anyway",
    is_flag=True,
    help="Also after a guard's stop: only mails from now on are judged again.",
)
@BY_OPTION
@JSON_OPTION
@with_database
@_telling_refusals
def resume(mailing_id: int, anyway: bool, as_user: str | None, as_json: bool) -> None:
    """Go on after a pause."""
    from winback.delivery.services import continue_anyway  # noqa: PLC0415
    from winback.mailings.models import MailingState  # noqa: PLC0415
    from winback.mailings.services import resume_mailing  # noqa: PLC0415

    mailing = _mailing(mailing_id)
    is_stopped = mailing.state == MailingState.STOPPED
    change = continue_anyway if anyway and is_stopped else resume_mailing
    mailing = change(mailing, by=_actor(as_user), now=timezone.now())
    _tell_state(mailing, as_json=as_json)


def _actor(email: str | None) -> Any:
    from winback.accounts.models import User  # noqa: PLC0415
    from winback.accounts.rules import Role  # noqa: PLC0415
    from winback.accounts.services import command_line_account  # noqa: PLC0415

    if email is not None:
        return find_user(email)
    people = User.objects.filter(is_active=True, role=Role.ADMINISTRATOR)
    return people.order_by("pk").first() or command_line_account()


def _mailing(mailing_id: int) -> Any:
    from winback.mailings.models import Mailing  # noqa: PLC0415

    known = 0 < mailing_id < 2**63
    mailing = Mailing.objects.filter(pk=mailing_id).first() if known else None
    if mailing is None:
        raise click.UsageError(f"There is no mailing {mailing_id}.")
    return mailing


def _template(name: str | None) -> Any:
    from winback.content.models import Template  # noqa: PLC0415

    if name is None:
        return None
    found = Template.objects.filter(key=name) if name else Template.objects.none()
    template = found.first() or Template.objects.filter(name=name).first()
    if template is None:
        raise click.UsageError(f"There is no template “{name}”.")
    return template


def _changes(options: dict[str, Any], *, now: Any) -> dict[str, Any]:
    from winback.mailings.models import Campaign  # noqa: PLC0415

    given = {name: value for name, value in options.items() if value is not None}
    rules, body_file = given.pop("rules", None), given.pop("body_file", None)
    if rules is not None:
        given["rules"] = read_rules_file(rules)
    if body_file is not None:
        given["body"] = _body(body_file)
        given.setdefault("body_kind", _kind_by_ending(body_file))
    if "campaign" in given:
        given["campaign"] = Campaign.objects.get_or_create(
            name=given["campaign"], defaults={"created_at": now}
        )[0]
    return given


def _body(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BODY_BYTES + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError(f"{path}: this is not UTF-8 text.") from None


def _kind_by_ending(path: Path) -> str:
    kinds = {".mjml": "mjml", ".html": "html", ".htm": "html"}
    return kinds.get(path.suffix.lower(), "text")


def _tell_state(mailing: Any, *, as_json: bool) -> None:
    at = mailing.scheduled_at
    answer = {
        "id": mailing.pk,
        "name": mailing.name,
        "state": mailing.state,
        "scheduled_at": at.isoformat() if at else None,
    }
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"Mailing {mailing.pk} “{mailing.name}”: {mailing.state}")


def _print_flat(answer: dict[str, Any], *, indent: str = "") -> None:
    for name, value in answer.items():
        if isinstance(value, dict):
            click.echo(f"{indent}{name}:")
            _print_flat(value, indent=indent + "  ")
        elif value != "":
            click.echo(f"{indent}{name}: {value}")
