"""Brings the catalogues up to date with the texts of the sources.

New texts are added empty, texts that are gone leave; nothing is guessed from
similar texts. Lines that would change with every run are taken out. Prints
how many texts of each language wait for a translation.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import ClassVar

import django
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.core.management.commands.makemessages import Command

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("uk", "fa")
IGNORED = (".venv", "node_modules", "var", "build", "tests/*")
VOLATILE = re.compile(r'^"(POT-Creation-Date|Report-Msgid-Bugs-To): .*\\n"\n', re.M)


class Unguessing(Command):
    msgmerge_options: ClassVar[list[str]] = [
        *Command.msgmerge_options,
        "--no-fuzzy-matching",
    ]


def main() -> int:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    django.setup()
    call_command(
        Unguessing(),
        locale=list(LANGUAGES),
        no_location=True,
        no_obsolete=True,
        ignore_patterns=list(IGNORED),
        verbosity=0,
    )
    for language in LANGUAGES:
        path = ROOT / f"src/winback/core/locale/{language}/LC_MESSAGES/django.po"
        text = VOLATILE.sub("", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{language}: {_empty(path)} texts wait for a translation\n")
    return 0


def _empty(path: Path) -> int:
    with path.open("rb") as source:
        catalogue = read_po(source)
    forms = (
        message.string if isinstance(message.string, tuple) else (message.string,)
        for message in catalogue
        if message.id
    )
    return sum(not all(strings) for strings in forms)


if __name__ == "__main__":
    sys.exit(main())
