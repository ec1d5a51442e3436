"""``winback inbound …`` and ``winback rejudge``."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.utils import timezone

from winback.reactions.classify import Classified, classify
from winback.web.cli.setup import with_database, with_django

FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
MAX_READ = 10_000_000  # what is longer is attachments
SHOWN = (
    "kind",
    "recipients",
    "bounce",
    "final",
    "reason",
    "status",
    "visible_text",
)


@click.group()
def inbound() -> None:
    """Replies, bounces and complaints that come in."""


@inbound.command("classify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file.")
def classify_files(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what each message is. Needs no database and changes nothing.

    A file that cannot be read gets a line on standard error, and the exit code is 1.
    """
    unread = 0
    for file in files:
        try:
            found = _shown(file, classify(_beginning(file)))
        except OSError as error:
            unread += 1
            click.echo(f"{file}: cannot be read: {error.strerror or error}", err=True)
            continue
        click.echo(json.dumps(found, ensure_ascii=False) if as_json else _line(found))
    sys.exit(1 if unread else 0)


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_READ)


def _line(found: dict[str, Any]) -> str:
    words = [str(found[name]) for name in ("kind", "bounce", "reason", "status")]
    people = ", ".join(found["recipients"])
    return f"{found['file']}: {' '.join(filter(None, words))} {people}".rstrip()


def _shown(file: Path, found: Classified) -> dict[str, Any]:
    values = dataclasses.asdict(found)
    return {"file": str(file)} | {name: values[name] for name in SHOWN}


@inbound.command("process")
@FILES
@click.option("--to", default="", help="The address it was sent to, where known.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file.")
@with_database
def process_files(files: tuple[Path, ...], *, to: str, as_json: bool) -> None:
    """Take messages in as if they had arrived: store, match, act."""
    from winback.reactions.models import Source  # noqa: PLC0415
    from winback.reactions.services import inbound as service  # noqa: PLC0415

    for file in files:
        now, raw = timezone.now(), file.read_bytes()
        stored = service.store_message(
            raw,
            envelope_from="",
            envelope_to=to or service.envelope_in(raw).recipient,
            source=Source.FILE,
            now=now,
        )
        message = service.process_message(stored.pk, now=now) if stored else None
        answer = {
            "file": str(file),
            "kind": message.kind if message else "",
            "recipient_id": message.recipient_id if message else None,
            "is_new": message is not None,
        }
        if as_json:
            click.echo(json.dumps(answer))
        else:
            click.echo(f"{file}: {answer['kind'] or 'known already'}")


@inbound.command("listen")
@click.option("--quiet", is_flag=True, help="Do not say when it is ready.")
@with_django
def listen(*, quiet: bool) -> None:
    """Take replies and bounces by SMTP until stopped.

    By LMTP too if WINBACK_INBOUND_LMTP is set.
    """
    from winback.reactions.listener import listen as serve  # noqa: PLC0415

    config = settings.CONFIG
    place = f"{config.inbound_bind}:{config.inbound_port}"
    also = f", LMTP on {config.inbound_lmtp}" if config.inbound_lmtp else ""
    words = "" if quiet else f"Taking replies and bounces on {place}{also}.\n"
    try:
        asyncio.run(serve(config, ready=lambda: click.echo(words, nl=False)))
    except OSError as error:
        names = "WINBACK_INBOUND_PORT"
        names += " or WINBACK_INBOUND_LMTP" if also else ""
        click.echo(f"{names}: cannot listen on {place}{also}: {error}", err=True)
        sys.exit(1)


@inbound.command("poll")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mailbox.")
@with_database
def poll(*, as_json: bool) -> None:
    """Read the mailboxes of WINBACK_INBOUND_IMAP now.

    Exit code 1 if one of them could not be read.
    """
    from winback.reactions.models import MailFolder  # noqa: PLC0415
    from winback.reactions.services import inbound as service  # noqa: PLC0415
    from winback.reactions.services.polling import poll_mailbox  # noqa: PLC0415

    is_well = True
    for box in settings.CONFIG.inbound_imap:
        MailFolder.objects.filter(key=box.key).update(next_at=None)
        look = poll_mailbox(box, clock=timezone.now)
        folder = MailFolder.objects.get(key=box.key)
        is_well = is_well and not folder.fault
        answer = {
            "mailbox": box.key,
            "taken": look.taken if look else 0,
            "has_more": bool(look and look.has_more),
            "fault": folder.fault,
            "details": folder.fault_details,
        }
        words = folder.get_fault_display() if folder.fault else f"{answer['taken']} new"
        details = f": {folder.fault_details}" if folder.fault_details else ""
        line = json.dumps(answer) if as_json else f"{box.key}: {words}{details}"
        click.echo(line)
    service.process_waiting_messages(now=timezone.now())
    sys.exit(0 if is_well else 1)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what is up to date.")
@click.option("--json", "as_json", is_flag=True)
@with_database
def rejudge(*, everything: bool, as_json: bool) -> None:
    """Judge past opens and clicks by today's rules."""
    from winback.reactions.queries import recipients_to_rejudge  # noqa: PLC0415
    from winback.reactions.services.hits import rejudge_all  # noqa: PLC0415

    looked_at, changed = rejudge_all(recipients_to_rejudge(everything=everything))
    if as_json:
        click.echo(json.dumps({"recipients": looked_at, "changed": changed}))
    else:
        click.echo(f"Looked at {looked_at} recipients; {changed} hits changed.")
