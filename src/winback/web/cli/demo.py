"""``winback demo``: the whole main job, without a browser, in a home of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from winback.web.cli.setup import with_django
from winback.web.demo.stage import DemoError, temporary_home

if TYPE_CHECKING:
    from winback.web.demo.report import DemoReport
    from winback.web.demo.story import Progress as Told

STEPS = {
    "import": "Load the sample's leads",
    "audience": "Find the audience",
    "send": "Send the mailing",
    "react": "Let recipients react",
}


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, as_json: bool) -> None:
    """Play the whole main job and print its figures.

    In a temporary home, with real processes, real SMTP and HTTP; nothing leaves
    this machine. Ends with exit code 0 only if every sum holds.
    """
    with temporary_home():
        try:
            report = _play()
        except DemoError as error:
            raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print_report(report)
    sys.exit(1 if report.problems else 0)


@with_django
def _play() -> DemoReport:
    # Models can be imported only after Django is set up on the temporary home.
    from winback.web.demo.story import play_main_job  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    with step_bars(console) as told:
        return play_main_job(progress=told, say=console.print)


@contextmanager
def step_bars(console: Console) -> Iterator[Told]:
    """One bar for each step, from its beginning; moving while nothing is known."""
    bars: dict[str, TaskID] = {}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console) as progress:

        def begin(step: str) -> None:
            if step not in bars:
                bars[step] = progress.add_task(STEPS[step], total=None)

        def told(step: str, done: int, total: int) -> None:
            begin(step)
            progress.update(bars[step], completed=done, total=total)
            following = [*STEPS][[*STEPS].index(step) + 1 :]
            if done == total and following:
                begin(following[0])

        begin(next(iter(STEPS)))
        yield told


def _print_report(report: DemoReport) -> None:
    console = Console(highlight=False)
    console.print(_audience_table(report), _results_table(report), sep="\n\n")
    for problem in report.problems:
        console.print(f"[bold red]{problem}[/]")
    if not report.problems:
        console.print("\nEvery sum holds. The same on screens, to play with: make run")


def _audience_table(report: DemoReport) -> Table:
    # Models can be imported only after Django is set up.
    from winback.mailings.models import LeftOutReason  # noqa: PLC0415

    sums = report.sums
    table = Table("From records to mails", title_justify="left")
    table.add_column("Leads", justify="right")
    table.add_row("Matched", str(sums.matched))
    for reason, count in sums.left_out.items():
        if count:
            table.add_row(f"  {LeftOutReason(reason).label}", f"-{count}")
    table.add_section()
    table.add_row("Will be mailed", str(sums.will_be_mailed), style="bold")
    table.add_row("  Sent", str(sums.sent))
    table.add_row("  Failed", str(sums.failed))
    table.add_row("  Uncertain", str(sums.uncertain))
    table.add_row("  Still to send", str(sums.still_to_send))
    return table


def _results_table(report: DemoReport) -> Table:
    from winback.results.cards import LABELS  # noqa: PLC0415

    table = Table("What came back")
    table.add_column("People", justify="right")
    table.add_column("Rate", justify="right")
    for name, figure in report.buttons.items():
        rate = "" if figure.rate is None else f"{figure.rate:.1%}"
        table.add_row(str(LABELS[name]), str(figure.count), rate)
    return table
