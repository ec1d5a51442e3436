"""The main job from start to end: lost leads in, mails out, results back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from winback.accounts.models import User
from winback.content.models import Template
from winback.core.config import Config
from winback.mailings.models import Mailing, MailingState
from winback.mailings.queries import ledger_sums, planned_figures
from winback.mailings.services import create_mailing, send_mailing, start_from_template
from winback.reactions.models import InboundMessage
from winback.results.queries import smart_buttons
from winback.segments.recipes import SEED_KEY, recipe_tree
from winback.web.demo.reacting import play
from winback.web.demo.report import DemoReport, report_of
from winback.web.demo.stage import wait_until
from winback.web.mailbox.server import mailbox_store
from winback.web.mailbox.store import StoredMail
from winback.web.running.ports import is_answering
from winback.web.running.services import ports_of, services_of
from winback.web.running.supervisor import Supervisor
from winback.web.sample import load_sample

START_SECONDS = 60
SEND_SECONDS = 300
REACT_SECONDS = 120
# Says how far a step is: (name of the step, done, of how many).
Progress = Callable[[str, int, int], None]


def play_main_job(*, progress: Progress, say: Callable[[str], None]) -> DemoReport:
    """Import, audience, mailing, send, reactions, results; with real processes.

    Django must be set up on a home of the demo's own (``stage.temporary_home``).
    Raises DemoError if a step does not come to its end.
    """
    call_command("migrate", interactive=False, verbosity=0)
    loaded = load_sample(now=timezone.now())
    progress("import", loaded.leads, loaded.leads)
    mailing = _write_mailing(User.objects.get(email=loaded.login))
    planned = planned_figures(mailing, now=timezone.now())
    progress("audience", planned.matched, planned.matched)
    with _installation_running(settings.CONFIG, say=say):
        send_mailing(
            mailing, by=mailing.responsible, now=timezone.now(), undo_seconds=0
        )
        _wait_until_sent(mailing, progress, total=planned.will_be_mailed)
        mails = _delivered_mails()
        reactions = play(mails, now=timezone.now())
        _wait_until_counted(mailing, reactions, progress)
        return report_of(
            mailing, planned=planned, reactions=reactions, mailbox_count=len(mails)
        )


def _write_mailing(author: User) -> Mailing:
    now = timezone.now()
    rules = recipe_tree(SEED_KEY)
    mailing = create_mailing({"rules": rules}, by=author, now=now)
    template = Template.objects.get(key="restock")
    return start_from_template(mailing, template, by=author, now=now)


@contextmanager
def _installation_running(
    config: Config, *, say: Callable[[str], None]
) -> Iterator[None]:
    supervisor = Supervisor(services_of(config), say=say)
    connections.close_all()  # the services must not inherit an open one
    supervisor.start()
    try:
        wait_until(
            lambda: all(is_answering(port) for port in ports_of(config)),
            seconds=START_SECONDS,
            what="the services to answer",
        )
        yield
    finally:
        supervisor.stop()


def _wait_until_sent(mailing: Mailing, progress: Progress, *, total: int) -> None:
    def is_sent() -> bool:
        progress("send", ledger_sums(mailing).sent, total)
        mailing.refresh_from_db(fields=["state"])
        return mailing.state == MailingState.SENT

    wait_until(is_sent, seconds=SEND_SECONDS, what="the mailing to be sent")


def _delivered_mails() -> list[StoredMail]:
    """Every mail in the demo mailbox, oldest first."""
    store = mailbox_store()
    lines = store.lines(limit=store.count())
    return [mail for line in reversed(lines) if (mail := store.get(line.id))]


def _wait_until_counted(
    mailing: Mailing, reactions: dict[str, int], progress: Progress
) -> None:
    """Hits are judged and messages read a moment after they came in."""
    wanted = {
        "replied": reactions["replied"],
        "bounced": reactions["bounced"],
        "clicked": reactions["clicked"],
    }
    total = sum(wanted.values())

    def is_counted() -> bool:
        buttons: dict[str, Any] = smart_buttons(mailing)
        counted = sum(min(buttons[name].count, n) for name, n in wanted.items())
        progress("react", counted, total)
        waiting = InboundMessage.objects.filter(handled_at=None).exists()
        return counted == total and not waiting

    wait_until(is_counted, seconds=REACT_SECONDS, what="the reactions to be counted")
