"""Mailings in every state they can be in, and long names, for tools/screenshots.py.

    WINBACK_HOME=/tmp/states WINBACK_DEMO=1 python tools/states.py
    WINBACK_HOME=/tmp/states WINBACK_DEMO=1 winback web

Writes into the home it is given and prints the demo's login. Only the pages are
to be started from it: a worker would go on with what stands still here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django
from django.core.management import call_command
from django.utils import timezone

LONG = "A very long name that somebody has pasted out of a spreadsheet cell "
UNBROKEN = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik" * 3
RESTS = "127.0.0.1:8025 refused the connection. It is tried again on its own."
REFUSAL = "550 5.1.1 <{address}>: Recipient address rejected: User unknown"
UNSURE = "The connection broke before the server had answered."


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    # Models can be imported only after Django is set up.
    from winback.web.sample import load_sample  # noqa: PLC0415

    now = timezone.now()
    demo = load_sample(now=now)
    for state, make in STATES.items():
        make(_mailing(demo.login, state, now=now), now)
    _long_names()
    _messages(now)
    for add in (
        _templates,
        _mails,
        _hits,
        _notices,
        _imports,
        _sleepers,
        _addresses,
        _blacklist,
    ):
        add(now)
    sys.stdout.write(f"{demo.login} {demo.password}\n")


def _mailing(login: str, state: str, *, now: datetime) -> Any:
    """A draft of our first template to the people of the recipe."""
    from winback.accounts.models import User  # noqa: PLC0415
    from winback.content.models import Template  # noqa: PLC0415
    from winback.mailings.services import (  # noqa: PLC0415
        create_mailing,
        start_from_template,
    )
    from winback.segments.recipes import RECIPES  # noqa: PLC0415

    author = User.objects.get(email=login)
    made = create_mailing(
        {"rules": RECIPES[0].tree, "frequency_cap_days": 0}, by=author, now=now
    )
    template = Template.objects.get(key="restock")
    start_from_template(made, template, by=author, now=now)
    made.refresh_from_db()
    return made


def _start(mailing: Any, now: datetime, **changes: object) -> None:
    """Write the ledger, as if the mailing had started an hour ago."""
    from winback.delivery.services.starting import start_mailing  # noqa: PLC0415

    _change(mailing, state="scheduled", scheduled_at=now - timedelta(hours=1))
    start_mailing(mailing, now=now - timedelta(hours=1))
    _change(mailing, **changes)


def _change(mailing: Any, **changes: object) -> None:
    type(mailing).objects.filter(pk=mailing.pk).update(**changes)


def _deliver(mailing: Any, now: datetime, *, share: float) -> None:
    """Let a share of the rows be sent; a few fail, a few are uncertain or react."""
    ready = list(mailing.recipients.filter(fate="ready").order_by("pk"))
    for number, row in enumerate(ready[: round(len(ready) * share)]):
        at = now - timedelta(minutes=30) + timedelta(seconds=number * 5)
        row.fate, row.sent_at = "sent", at
        if number % 40 == 7:
            row.fate, row.sent_at, row.failure_class = "failed", None, "address"
            row.error = REFUSAL.format(address=row.address)
        elif number % 60 == 9:
            row.fate, row.sent_at, row.error = "uncertain", None, UNSURE
        elif number % 5 == 0:
            row.opened_at = at + timedelta(minutes=2)
            row.clicked_at = at + timedelta(minutes=3) if number % 10 == 0 else None
            row.replied_at = at + timedelta(minutes=9) if number % 30 == 0 else None
        elif number % 25 == 3:
            row.bounced_at, row.bounce_kind = at + timedelta(minutes=1), "hard"
        row.save()


def _draft(mailing: Any, now: datetime) -> None:
    _change(mailing, state_reason="Not sent: the rules match nobody.")


def _scheduled(mailing: Any, now: datetime) -> None:
    _change(
        mailing,
        state="scheduled",
        scheduled_at=now + timedelta(days=2),
        schedule_time_zone="Asia/Tehran",
        timing="recipient_morning",
    )


def _undo(mailing: Any, now: datetime) -> None:
    at = now + timedelta(hours=6)
    _change(mailing, state="scheduled", scheduled_at=at, undo_until=at)


def _sending(mailing: Any, now: datetime) -> None:
    _start(mailing, now)
    _deliver(mailing, now, share=0.4)


def _waiting(mailing: Any, now: datetime) -> None:
    _start(mailing, now, state_reason=RESTS)
    _deliver(mailing, now, share=0.1)


def _paused(mailing: Any, now: datetime) -> None:
    _start(mailing, now, state="paused", mails_per_hour=200)
    _deliver(mailing, now, share=0.6)


def _stopped(mailing: Any, now: datetime) -> None:
    reason = "7 of the last 100 mails bounced: 7 %, and 5 % is the limit."
    _start(mailing, now, state="stopped", state_reason=reason)
    _deliver(mailing, now, share=0.5)


def _cancelled(mailing: Any, now: datetime) -> None:
    from winback.mailings.services import cancel_mailing  # noqa: PLC0415

    _start(mailing, now)
    _deliver(mailing, now, share=0.3)
    cancel_mailing(mailing, by=mailing.responsible, now=now)


def _sent(mailing: Any, now: datetime) -> None:
    _start(mailing, now)
    _deliver(mailing, now, share=1)
    _change(mailing, state="sent", finished_at=now)


def _empty(mailing: Any, now: datetime) -> None:
    """A draft in which nothing was written yet."""
    mailing.versions.get().contents.update(subject="", body="", preheader="")
    _change(mailing, name="", rules={}, from_address="", from_name="")


# In the order in which they are made; screenshots.py finds them by their state.
STATES: dict[str, Callable[..., None]] = {
    "empty": _empty,
    "draft": _draft,
    "scheduled": _scheduled,
    "undo": _undo,
    "waiting": _waiting,
    "sending": _sending,
    "paused": _paused,
    "stopped": _stopped,
    "cancelled": _cancelled,
    "sent": _sent,
}


def _long_names() -> None:
    from winback.crm.models import Lead, Stage, Tag  # noqa: PLC0415
    from winback.mailings.models import Mailing  # noqa: PLC0415
    from winback.segments.models import FavouriteFilter  # noqa: PLC0415

    lead = Lead.objects.filter(status="open", active=True)
    lead = lead.order_by("-created_at", "-pk")[0]
    lead.title, lead.company = LONG * 3, UNBROKEN
    lead.contact_name, lead.expected_revenue = LONG, 123_456_789_012
    lead.save(update_fields=["title", "company", "contact_name", "expected_revenue"])
    lead.tags.add(Tag.objects.create(name=UNBROKEN[:60]))
    Stage.objects.filter(name="Qualified").update(name=LONG[:60])
    named = Mailing.objects.filter(state="paused")
    named.update(name=UNBROKEN)
    author = named[0].responsible
    FavouriteFilter.objects.create(
        name=LONG * 2,
        owner=author,
        tree=named[0].rules,
        is_shared=True,
        created_at=timezone.now(),
    )


def _messages(now: datetime) -> None:
    """What waits for a person in the inbox."""
    from winback.reactions.services.inbound import (  # noqa: PLC0415
        process_waiting_messages,
        store_message,
    )

    for number, subject in enumerate(("A question", LONG * 2, "Про вашу лампу")):
        sender = f"somebody{number}@customer.example"
        raw = (
            f"From: {sender}\nTo: sales@loomlumen.example\nSubject: {subject}\n"
            "Content-Type: text/plain; charset=utf-8\n\nWho are you?\n"
        )
        store_message(
            raw.encode(), envelope_from=sender, envelope_to="sales@x.example", now=now
        )
    process_waiting_messages(now=now)


def _templates(now: datetime) -> None:
    """One saved twice, so that it has a former version."""
    from winback.accounts.models import User  # noqa: PLC0415
    from winback.mailings.models import Mailing  # noqa: PLC0415
    from winback.mailings.services import save_as_template  # noqa: PLC0415

    author = User.objects.get(email__startswith="demo@")
    draft = Mailing.objects.filter(state="draft").order_by("-pk")[0]
    saved = save_as_template(draft, name="Our spring", by=author, now=now)
    contents = draft.versions.get().contents.filter(language="")
    contents.update(subject=f"{LONG}is back")
    save_as_template(draft, name="", replaces=saved, by=author, now=now)


def _mails(now: datetime) -> None:
    """In the demo mailbox: what a few people in every language got."""
    from winback.delivery.compose.letters import Addressee, Letters  # noqa: PLC0415
    from winback.mailings.models import Recipient  # noqa: PLC0415
    from winback.web.mailbox.rules import read_summary  # noqa: PLC0415
    from winback.web.mailbox.server import mailbox_store  # noqa: PLC0415
    from winback.web.mailbox.store import Delivery  # noqa: PLC0415

    got = Recipient.objects.filter(mailing__state="sent", fate="sent")
    got = got.filter(pk__gt=got.order_by("-pk")[100].pk).select_related("lead")
    letters = Letters.of(got[0].mailing)
    of_language = [got.filter(lead__language=code)[:3] for code in ("uk", "fa", "en")]
    for rows in zip(*of_language, strict=True):
        for row in rows:
            mail = letters.compose(Addressee.of(row), now=now)
            sender, subject = read_summary(mail.content)
            given = Delivery(
                received_at=now,
                envelope_sender=mail.sender,
                envelope_recipient=mail.recipient,
                sender=sender,
                subject=subject,
                raw=mail.content,
            )
            mailbox_store().add([given])


def _hits(now: datetime) -> None:
    """Links that people and programs followed, for the click map."""
    from winback.mailings.models import Mailing, Recipient, TrackedLink  # noqa: PLC0415
    from winback.reactions.models import Hit, HitKind, Verdict  # noqa: PLC0415

    sent = Mailing.objects.filter(state="sent").order_by("-pk")
    clicked = Recipient.objects.filter(mailing=sent[0], clicked_at__isnull=False)
    links = list(TrackedLink.objects.filter(content__version__mailing=sent[0]))
    Hit.objects.bulk_create(
        Hit(
            recipient=row,
            kind=HitKind.CLICK,
            link=links[number % max(1, len(links) - 1)],
            at=now,
            method="GET",
            verdict=Verdict.MACHINE if number % 4 == 3 else Verdict.PERSON,
        )
        for number, row in enumerate(clicked)
        if links
    )


def _notices(now: datetime) -> None:
    from winback.accounts.models import Notice, User  # noqa: PLC0415
    from winback.mailings.models import Mailing  # noqa: PLC0415

    texts = {
        "good": "“New at Loom & Lumen” was sent to 248 people.",
        "warn": f"{LONG}was resumed after a night without a server.",
        "bad": f"{UNBROKEN} was stopped: 7 of the last 100 mails bounced.",
    }
    mailing = Mailing.objects.filter(state="stopped")[0]
    for days, (tone, text) in enumerate(texts.items()):
        for person in User.objects.all():
            Notice.objects.create(
                person=person,
                at=now - timedelta(days=days),
                tone=tone,
                text=text[:500],
                url=f"/mailings/{mailing.pk}/",
                seen_at=now if tone == "good" else None,
            )


def _imports(now: datetime) -> None:
    """One that only waits for its columns, and one that is done with some faults."""
    from io import BytesIO  # noqa: PLC0415

    from winback.accounts.models import User  # noqa: PLC0415
    from winback.crm.imports.running import run_import  # noqa: PLC0415
    from winback.crm.imports.services import upload_import  # noqa: PLC0415

    rows = [f"Lamp {n},Olena {n},olena{n}@customer.example,uk" for n in range(40)]
    faulty = [
        "No such date,Petro,petro@customer.example,klingon",
        "one,cell,too,many,here",
    ]
    content = "\n".join(["Title,Contact name,Email,Language", *rows, *faulty]).encode()
    author = User.objects.get(email__startswith="demo@")
    done = upload_import(BytesIO(content), "fair 2026.csv", by=author, now=now)
    run_import(done, now=now)
    name = f"{UNBROKEN}.csv"
    upload_import(BytesIO(content), name, by=author, now=now)


def _sleepers(now: datetime) -> None:
    from winback.crm.models import Lead  # noqa: PLC0415

    some = Lead.objects.exclude(email_normalized="").order_by("pk")[:30]
    for number, lead in enumerate(some):
        Lead.objects.filter(pk=lead.pk).update(ignored_in_a_row=5 + number % 4)


def _addresses(now: datetime) -> None:
    """A lead whose address looks mistyped and whose person has a new one."""
    from winback.crm.models import Lead  # noqa: PLC0415
    from winback.crm.services import update_lead  # noqa: PLC0415
    from winback.reactions.models import AddressChange, InboundMessage  # noqa: PLC0415

    lead = Lead.objects.filter(status="lost").order_by("-lost_at")[0]
    update_lead(lead, {"email": "olena.kovalenko@gmial.com"}, by=None, now=now)
    AddressChange.objects.create(
        message=InboundMessage.objects.all()[0],
        lead=lead,
        old_address=lead.email_normalized,
        new_address="olena.kovalenko-at-her-new-work@customer.example",
        created_at=now,
    )


def _blacklist(now: datetime) -> None:
    """Of every kind: one by a person, a whole domain, one by a bounce."""
    from winback.consent.models import BlacklistReason  # noqa: PLC0415
    from winback.consent.services import import_blacklist  # noqa: PLC0415
    from winback.consent.services.blacklist import blacklist_address  # noqa: PLC0415

    long = f"{UNBROKEN[:50]}@{UNBROKEN[:50]}.example"
    rows = [(long, LONG * 2), ("@rival.example", ""), ("stop@customer.example", "")]
    import_blacklist(rows, by=None, now=now)
    blacklist_address(
        "gone@customer.example", reason=BlacklistReason.HARD_BOUNCE, now=now
    )


if __name__ == "__main__":
    main()
