"""The single processes of an installation, as ``up`` and service units start them."""

from __future__ import annotations

import os
import sys

import click
from django.conf import settings
from django.core.management import call_command

from winback.web.cli.setup import with_django, with_settings

WEB_THREADS = 8
WEB_APPLICATION = "winback.web.wsgi:application"


@click.command
@with_settings
def web() -> None:
    """Serve the pages on WINBACK_BIND:WINBACK_PORT."""
    config = settings.CONFIG
    command = web_command(WEB_APPLICATION, bind=config.bind, port=config.port)
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


def web_command(application: str, *, bind: str, port: int) -> list[str]:
    """How the web server is started, with as many processes as is set."""
    return [
        *(sys.executable, "-m", "granian", application),
        *("--interface", "wsgi", "--host", bind, "--port", str(port)),
        *("--workers", str(settings.CONFIG.workers), "--respawn-failed-workers"),
        *("--blocking-threads", str(WEB_THREADS), "--workers-kill-timeout", "3"),
        *("--log-level", "error", "--no-ws"),
    ]


@click.command
@with_settings
def worker() -> None:
    """Send mailings and do other long work, as many hosts as wanted."""
    os.execv(  # noqa: S606 - our own interpreter
        sys.executable,
        [
            # In a container everything runs as root, and that is no news.
            *(sys.executable, "-W", "ignore:You're running the worker with superuser"),
            *("-m", "celery", "--app", "winback.core.celery", "--quiet"),
            *("worker", "--loglevel", "WARNING"),
            *("--concurrency", str(settings.CONFIG.workers)),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
    )


@click.command
@with_settings
def beat() -> None:
    """Wake the workers in time; one for the whole installation."""
    os.execv(  # noqa: S606 - our own interpreter
        sys.executable,
        [
            *(
                sys.executable,
                "-m",
                "celery",
                "--app",
                "winback.core.celery",
                "--quiet",
            ),
            *("beat", "--loglevel", "WARNING", "--pidfile", ""),
        ],
    )


@click.command
@with_django
def migrate() -> None:
    """Bring the database to this version's shape; harmless when it is."""
    call_command("migrate", interactive=False, verbosity=1)


@click.command
@with_settings
def mailbox() -> None:
    """Run the demo's mail server; only with WINBACK_DEMO=1."""
    if not settings.CONFIG.demo:
        raise click.ClickException("The demo mailbox runs only with WINBACK_DEMO=1.")
    # Only this command needs a mail server's library.
    from winback.web.mailbox.server import serve_until_stopped  # noqa: PLC0415

    serve_until_stopped(port=settings.CONFIG.mailbox_port)
