"""``winback up``: the whole installation on this machine until Ctrl-C."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Callable
from typing import IO

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from winback.core.config import Config
from winback.web.cli.setup import with_django
from winback.web.running.ports import is_answering, port_problems
from winback.web.running.services import Port, Service, ports_of, services_of
from winback.web.running.supervisor import POLL_SECONDS, Supervisor


@click.command("up")
@with_django
def command() -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    config: Config = settings.CONFIG
    console = Console(highlight=False)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with _home_for_us_alone(config):
        _refuse_taken_ports(config)
        demo = " and the demo's data" if config.demo else ""
        console.print(f"Preparing the database{demo} ...")
        login = _prepare(config)
        _run(config, stop, console, login)


def _home_for_us_alone(config: Config) -> IO[str]:
    """An open lock file; two of us on one home folder would do work twice."""
    lock = (config.home / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise click.ClickException(
            f"Winback is already running from {config.home}. Stop it first, or "
            "choose another folder with WINBACK_HOME=..."
        ) from None
    return lock


def _refuse_taken_ports(config: Config) -> None:
    problems = port_problems(ports_of(config))
    if problems:
        raise click.ClickException("\n".join(problems))


def _prepare(config: Config) -> list[tuple[str, str]]:
    """Migrate, fill the demo; what the greeting tells of the login."""
    call_command("migrate", interactive=False, verbosity=0)
    login = _load_demo() if config.demo else []
    # The services must not inherit an open connection.
    connections.close_all()
    return login


def _load_demo() -> list[tuple[str, str]]:
    # Models can be imported only after Django is set up.
    from winback.web.sample import SampleMissingError, load_sample  # noqa: PLC0415

    try:
        demo = load_sample(now=timezone.now())
    except SampleMissingError as error:
        raise click.ClickException(str(error)) from None
    return [("Log in", demo.login), ("Password", demo.password)]


def _run(
    config: Config,
    stop: threading.Event,
    console: Console,
    login: list[tuple[str, str]],
) -> None:
    services = services_of(config)
    supervisor = Supervisor(services, say=console.print)
    supervisor.start()
    try:
        _watch(
            config,
            supervisor,
            stop,
            greet=lambda: _greet(config, services, login, console),
        )
    finally:
        console.print("Stopping ...")
        supervisor.stop()
        console.print("Stopped.")


def _watch(
    config: Config,
    supervisor: Supervisor,
    stop: threading.Event,
    *,
    greet: Callable[[], None],
) -> None:
    web = Port(config.bind, config.port, "WINBACK_PORT")
    greeted = False
    while not stop.wait(POLL_SECONDS):
        supervisor.check()
        if not greeted and is_answering(web):
            greet()
            greeted = True


def _greet(
    config: Config,
    services: list[Service],
    login: list[tuple[str, str]],
    console: Console,
) -> None:
    grid = Table.grid(padding=(0, 2))
    url = escape(config.public_url)
    grid.add_row("Open", f"[bold link={url}]{url}[/]")
    for label, text in login:
        grid.add_row(label, f"[bold]{escape(text)}[/]")
    if config.demo:
        grid.add_row("Begin with", "Mailings → New, then Send, then Demo mailbox")
    grid.add_row("Data", escape(str(config.home)))
    for number, service in enumerate(services):
        label = "" if number else "Running"
        grid.add_row(label, f"{service.name}: {service.does}")
    grid.add_row("Stop", "Ctrl-C")
    title = "Winback is running" + (" with demo data" if config.demo else "")
    console.print(Panel(grid, title=title, expand=False, padding=(1, 2)))
