"""``winback audience``: whom rules find, why others are left out."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from django.utils import timezone

from winback.web.cli.rules_files import (
    AS_OPTION,
    JSON_OPTION,
    RULES_ARGUMENT,
    find_user,
    read_rules_file,
    telling_faults,
)
from winback.web.cli.setup import with_database

DEFAULT_FIELDS = "id,title,contact_name,company,email,status,lost_reason"
CAP_OPTION = click.option(
    "--frequency-cap-days",
    default=7,
    show_default=True,
    type=click.IntRange(0, 3650),
    help="Leave out people mailed within so many days; 0 leaves nobody out.",
)
TOPIC_OPTION = click.option(
    "--topic", help="The topic whose opt-outs count. Default: that of new mailings."
)


@click.group
def command() -> None:
    """Count, explain and list the leads that rules match.

    RULES.json holds a rule tree in JSON or in Odoo's prefix notation; - reads
    standard input.
    """


@command.command
@RULES_ARGUMENT
@AS_OPTION
@TOPIC_OPTION
@CAP_OPTION
@JSON_OPTION
@with_database
@telling_faults
def count(
    rules: str,
    as_user: str | None,
    topic: str | None,
    frequency_cap_days: int,
    as_json: bool,
) -> None:
    """From matched leads to mails: every lead left out has a reason."""
    figures = _waterfall(rules, as_user, topic, frequency_cap_days)
    if as_json:
        click.echo(json.dumps(asdict(figures)))
        return
    _print_figures(figures)


@command.command
@RULES_ARGUMENT
@AS_OPTION
@TOPIC_OPTION
@CAP_OPTION
@JSON_OPTION
@with_database
@telling_faults
def explain(
    rules: str,
    as_user: str | None,
    topic: str | None,
    frequency_cap_days: int,
    as_json: bool,
) -> None:
    """The rules in words, their figures, and what looks odd."""
    from winback.segments.cautions import audience_cautions  # noqa: PLC0415
    from winback.segments.resolving import name_values  # noqa: PLC0415
    from winback.segments.rules import (  # noqa: PLC0415
        leaves_out_archived,
        parse_tree,
        to_json,
    )
    from winback.segments.words import tree_in_words  # noqa: PLC0415

    tree = parse_tree(read_rules_file(rules))
    user, now = find_user(as_user), timezone.now()
    figures = _figures(tree, user, topic, frequency_cap_days)
    cautions = audience_cautions(tree, user=user, now=now)
    words = tree_in_words(tree)
    if as_json:
        answer = {
            "words": words,
            "leaves_out_archived": leaves_out_archived(tree),
            **asdict(figures),
            "cautions": [asdict(one) for one in cautions],
            "tree": to_json(name_values(tree)),
        }
        click.echo(json.dumps(answer))
        return
    click.echo(textwrap.fill(words, shutil.get_terminal_size().columns))
    if leaves_out_archived(tree):
        click.echo("Archived leads are left out: no rule names Active or Status.")
    click.echo()
    _print_figures(figures)
    if cautions:
        click.echo()
    for one in cautions:
        click.echo(f"! {one.message}")


@command.command(name="list")
@RULES_ARGUMENT
@click.option("--fields", default=DEFAULT_FIELDS, show_default=True)
@click.option("--limit", type=click.IntRange(1), help="At most so many leads.")
@AS_OPTION
@JSON_OPTION
@with_database
@telling_faults
def list_(
    rules: str, fields: str, limit: int | None, as_user: str | None, as_json: bool
) -> None:
    """The matched leads, one line each, the oldest first."""
    names = _checked_fields(fields)
    leads = _rows(rules, names, as_user, limit)
    if not as_json:
        click.echo("\t".join(names))
        for row in leads:
            click.echo("\t".join(_cell(row[name]) for name in names))
        return
    # One lead after the other, so that a million of them need no more memory.
    click.echo('{"leads": [', nl=False)
    written = 0
    for row in leads:
        click.echo(", " if written else "", nl=False)
        click.echo(json.dumps(row, default=str, ensure_ascii=False), nl=False)
        written += 1
    click.echo(f'], "count": {written}}}')


def _waterfall(
    rules: str, as_user: str | None, topic: str | None, frequency_cap_days: int
) -> Any:
    tree = read_rules_file(rules)
    return _figures(tree, find_user(as_user), topic, frequency_cap_days)


def _figures(tree: Any, user: Any, topic: str | None, frequency_cap_days: int) -> Any:
    from winback.segments.waterfall import Reach, waterfall  # noqa: PLC0415

    reach = Reach(
        tree=tree,
        user=user,
        topic_id=_topic_id(topic),
        frequency_cap_days=frequency_cap_days,
        now=timezone.now(),
    )
    return waterfall(reach)


def _topic_id(name: str | None) -> int | None:
    from winback.consent.models import Topic  # noqa: PLC0415

    if name is None:
        topic = Topic.objects.filter(is_default=True).first()
        return topic.pk if topic else None
    topic = Topic.objects.filter(name=name).first()
    if topic is None:
        raise click.UsageError(f"There is no topic “{name}”.")
    return topic.pk


def _print_figures(figures: Any) -> None:
    from winback.mailings.models import LeftOutReason  # noqa: PLC0415

    lines = [
        ("Matched", str(figures.matched)),
        *(
            (f"  {LeftOutReason(reason).label}", f"-{number}" if number else "0")
            for reason, number in figures.left_out.items()
        ),
        ("Will be mailed", str(figures.will_be_mailed)),
    ]
    width = max(len(words) for words, _number in lines)
    for words, number in lines:
        click.echo(f"{words:<{width}}  {number:>9}")


def _checked_fields(text: str) -> list[str]:
    from winback.segments.listing import LISTED_FIELDS  # noqa: PLC0415

    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in LISTED_FIELDS]
    if unknown or not names:
        raise click.UsageError(
            f"Unknown fields: {', '.join(unknown) or 'none given'}. "
            f"Known are {', '.join(LISTED_FIELDS)}."
        )
    return names


def _rows(
    rules: str, names: list[str], as_user: str | None, limit: int | None
) -> Iterator[dict[str, Any]]:
    from winback.segments.listing import listed_rows  # noqa: PLC0415
    from winback.segments.queries import audience  # noqa: PLC0415

    tree: Any = read_rules_file(rules)
    leads = audience(tree, user=find_user(as_user), now=timezone.now())
    return listed_rows(leads.order_by("pk")[:limit], names)


def _cell(value: object) -> str:
    """One field on one line; tabs and breaks would tear the table."""
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return "" if value is None else " ".join(str(value).split())
