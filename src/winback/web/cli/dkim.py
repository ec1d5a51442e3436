"""``winback dkim``: keys that sign our mails, and what the DNS must say of them."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import click

from winback.core import dkim
from winback.core.config import ConfigError, load_config
from winback.core.dkim_config import DkimKey, dkim_keys
from winback.web.cli.setup import with_django

# RFC 1035, 3.3: a character string of the DNS holds this much; records join them.
LONGEST_STRING = 255


@click.group("dkim")
def command() -> None:
    """Keys for signing mails with DKIM.

    Makes them, and looks whether they are published.
    """


@command.command("new")
@click.argument("domain")
@click.option("--selector", default="winback", show_default=True)
@click.option("--ed25519", is_flag=True, help="Short and quick; not read by everybody.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def new(domain: str, *, selector: str, ed25519: bool, as_json: bool) -> None:
    """Make a key for DOMAIN and say what to publish.

    The key lies in the home, readable by its owner only. Nothing signs with it
    before it stands in WINBACK_DKIM.
    """
    folder = _home() / "dkim"
    key = _key_named(domain, selector, folder)
    octets = dkim.new_ed25519_key() if ed25519 else dkim.new_rsa_key()
    _write(key.path, octets)
    record = dkim.record_text(dkim.parse_private_key(octets))
    entry = shlex.quote(f"{key.domain}:{key.selector}:{key.path}")
    name = dkim.record_name(key)
    if as_json:
        told = {"key": str(key.path), "setting": entry, "name": name, "record": record}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"The key: {key.path}\n")
    click.echo("1. Publish this record in the DNS:\n")
    click.echo(zone_line(name, record) + "\n")
    click.echo("2. Add the key to WINBACK_DKIM, a space between it and others:\n")
    click.echo(entry + "\n")
    click.echo("3. Start Winback again, then run: winback dkim check")


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
@with_django
def check(*, as_json: bool) -> None:
    """Compare the keys of WINBACK_DKIM with the DNS.

    Shows the record of each key. Exit code 1 if something is wrong.
    """
    from django.conf import settings  # noqa: PLC0415

    from winback.web.health.rules import State  # noqa: PLC0415
    from winback.web.health.sending import judge_dkim_key  # noqa: PLC0415

    found = [(key, judge_dkim_key(key)) for key in settings.CONFIG.dkim]
    is_well = all(finding.state is not State.WRONG for _key, finding in found)
    if as_json:
        keys = [{**finding.as_json(), **_record(key)} for key, finding in found]
        click.echo(json.dumps({"ok": is_well, "keys": keys}, ensure_ascii=False))
    for key, finding in [] if as_json else found:
        click.echo(f"{finding.state.value}: {finding.says}")
        if finding.state is not State.OK:
            record = _record(key)
            click.echo(f"  {finding.cure}")
            click.echo(zone_line(record["name"], record["record"]) + "\n")
    if not found and not as_json:
        click.echo("No keys in WINBACK_DKIM. Make one: winback dkim new DOMAIN")
    raise SystemExit(0 if is_well else 1)


def zone_line(name: str, record: str) -> str:
    """The record as a line of a zone file, cut into strings the DNS can hold."""
    cut = [
        f'"{record[at : at + LONGEST_STRING]}"'
        for at in range(0, len(record), LONGEST_STRING)
    ]
    return f"{name}. IN TXT ( {' '.join(cut)} )"


def _record(key: DkimKey) -> dict[str, str]:
    try:
        record = dkim.record_text(dkim.load_key(key).private)
    except dkim.DkimKeyError:
        record = ""
    return {"name": dkim.record_name(key), "record": record}


def _home() -> Path:
    try:
        return load_config().home.absolute()
    except ConfigError as error:
        raise click.ClickException("\n".join(error.problems)) from None


def _key_named(domain: str, selector: str, folder: Path) -> DkimKey:
    problems: list[str] = []
    # The name may become part of a path only after it was found to be one.
    keys = dkim_keys(shlex.quote(f"{domain}:{selector}:/new"), problems)
    if problems:
        raise click.ClickException(problems[0].split(": ", 2)[2])
    (key,) = keys
    path = folder / f"{key.selector}._domainkey.{key.domain}.pem"
    return DkimKey(key.domain, key.selector, path)


def _write(path: Path, octets: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(
            f"{path} is there already; choose another --selector."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    with os.fdopen(file, "wb") as key:
        key.write(octets)
