"""The command ``winback``: one module for each group of commands.

A module of this package defines click commands and is listed in ``COMMANDS``.
Modules are imported when their command is called, and Django is set up by
``winback.web.cli.setup.with_django``, so that ``winback --help`` stays quick.
"""

from __future__ import annotations

import importlib
import json
from typing import Any, ClassVar

import click

from winback import __version__


class LazyGroup(click.Group):
    """Finds a command's module only when that command is asked for."""

    # command -> module below this package that defines ``command``; one that
    # defines several has the name after a colon
    COMMANDS: ClassVar[dict[str, str]] = {
        "audience": "audience",
        "beat": "processes:beat",
        "demo": "demo",
        "dkim": "dkim",
        "doctor": "doctor",
        "export": "export",
        "import": "import_",
        "inbound": "reactions:inbound",
        "mailbox": "processes:mailbox",
        "mailing": "mailing",
        "migrate": "processes:migrate",
        "person": "person",
        "rejudge": "reactions:rejudge",
        "up": "up",
        "web": "processes:web",
        "worker": "processes:worker",
    }

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["winback.as_json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """With ``--json`` a refusal, too, is one JSON object on standard output."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if ctx.meta["winback.as_json"]:
                click.echo(json.dumps({"error": error.format_message()}))
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.COMMANDS:
            return None
        module, _, name = self.COMMANDS[cmd_name].partition(":")
        found = importlib.import_module(f"winback.web.cli.{module}")
        command: click.Command = getattr(found, name or "command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="winback")
def main() -> None:
    """Wins lost sales leads back."""
