"""Run in the tested installation: mails that were sent, and the addresses in them.

    python tests/faults/fill_hits.py RECIPIENTS

Prints one object: paths of open pixels and of tracked links, one for each person.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
django.setup()

from tests.factories import RecipientFactory, TrackedLinkFactory  # noqa: E402
from winback.core.tokens import sign  # noqa: E402


def main() -> None:
    link = TrackedLinkFactory(url="https://shop.example/lamp")
    mailing = link.content.version.mailing
    people = RecipientFactory.create_batch(int(sys.argv[1]), mailing=mailing)
    paths = {
        "open": [f"/t/o/{sign('open', one.pk)}.gif" for one in people],
        "click": [f"/t/c/{sign('click', one.pk, link.pk)}" for one in people],
    }
    sys.stdout.write(json.dumps(paths))


main()
