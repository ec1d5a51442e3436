"""``winback doctor``: what is configured, what is wrong, and the cure."""

from __future__ import annotations

import json

import click
from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from winback.web.cli.setup import with_django
from winback.web.health.rules import Finding, State

SIGNS = {
    State.OK: "[green]ok[/]",
    State.WARNING: "[yellow]look[/]",
    State.WRONG: "[red]wrong[/]",
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
@click.option("--repair", is_flag=True, help="First mend what can be mended here.")
@with_django
def command(*, as_json: bool, repair: bool) -> None:
    """Say what is configured and what is wrong.

    Exit code 1 if anything is wrong.
    """
    # Models can be imported only after Django is set up.
    from winback.consent.services import repair_facts  # noqa: PLC0415
    from winback.delivery.services import repair_last_mailed  # noqa: PLC0415
    from winback.web.health.checks import all_findings  # noqa: PLC0415

    if repair:
        repair_facts()
        repair_last_mailed()
    findings = all_findings()
    is_well = all(finding.state is not State.WRONG for finding in findings)
    if as_json:
        found = [finding.as_json() for finding in findings]
        click.echo(json.dumps({"ok": is_well, "findings": found}, ensure_ascii=False))
    else:
        _show(findings)
    raise SystemExit(0 if is_well else 1)


def _show(findings: list[Finding]) -> None:
    table = Table(title=f"Winback in {settings.CONFIG.home}", show_header=False)
    for finding in findings:
        text = escape(finding.says)
        if finding.cure:
            text += f"\n[bold]{escape(finding.cure)}[/]"
        table.add_row(SIGNS[finding.state], finding.subject, text)
    console = Console(highlight=False)
    console.print(table)
    console.print(_verdict(findings))


def _verdict(findings: list[Finding]) -> str:
    states = [finding.state for finding in findings]
    wrong, warnings = states.count(State.WRONG), states.count(State.WARNING)
    if not wrong + warnings:
        return "All is well."
    return f"To mend: {wrong}. To look at: {warnings}."
