"""The journal of hits: real files, written before the answer, brought in afterwards."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import threading

import pytest
from django.db import DataError, OperationalError
from tests.factories import NOW, RecipientFactory, TrackedLinkFactory

from winback.core.tokens import sign
from winback.reactions import collector
from winback.reactions.models import Hit, HitKind
from winback.reactions.services import hits, journal
from winback.reactions.services.journal import bring_in_hits, keep_hit
from winback.reactions.services.storing import SeenHit, new_event_id, store_lines
from winback.reactions.tasks import judge_waiting_hits

pytestmark = pytest.mark.django_db


def seen(recipient, **changes) -> SeenHit:
    hit = SeenHit(
        event_id=new_event_id(),
        kind=HitKind.OPEN,
        recipient_id=recipient.pk,
        link_id=None,
        at=NOW,
        method="GET",
        user_agent="Ünïcödé \n browser",
        ip_prefix="203.0.113.0/24",
        purpose="",
    )
    return dataclasses.replace(hit, **changes)


def files(home):
    return list((home / "hits").iterdir())


def away(_hits) -> int:
    raise OperationalError("the database is away")


def test_kept_hit_is_stored_as_it_was_seen_and_the_file_is_gone(home):
    recipient, link = RecipientFactory(), TrackedLinkFactory()
    hit = seen(recipient, kind=HitKind.CLICK, link_id=link.pk)
    keep_hit(hit)

    assert bring_in_hits() == 1
    assert bring_in_hits() == 0

    (stored,) = Hit.objects.all()
    assert (stored.recipient, stored.link, stored.at) == (recipient, link, NOW)
    assert (stored.kind, stored.method) == ("click", "GET")
    assert (stored.event_id.hex, stored.user_agent) == (hit.event_id, hit.user_agent)
    assert (stored.ip_prefix, stored.rules_version) == ("203.0.113.0/24", 0)
    assert files(home) == []


def test_kept_hit_is_in_the_file_at_once(home):
    keep_hit(seen(RecipientFactory()))

    (file,) = files(home)
    assert file.read_bytes().count(b"\n") == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_bring_in_without_anything_kept_makes_nothing(home):
    assert bring_in_hits() == 0
    assert list(home.iterdir()) == []


def test_hit_that_is_brought_in_twice_counts_once(home, caplog):
    """A process may die after the commit and before the file is gone."""
    recipient = RecipientFactory()
    keep_hit(seen(recipient))
    keep_hit(seen(recipient))
    (file,) = files(home)
    lines = file.read_bytes()
    bring_in_hits()
    hits.judge_waiting_hits()
    file.write_bytes(lines)

    assert bring_in_hits() == 0
    assert caplog.text == ""
    assert [hit.rules_version > 0 for hit in Hit.objects.all()] == [True, True]
    assert files(home) == []


def test_bring_in_with_the_database_still_away_keeps_all(monkeypatch):
    recipient = RecipientFactory()
    keep_hit(seen(recipient))
    with monkeypatch.context() as patched:
        patched.setattr(journal, "store_lines", away)
        assert bring_in_hits() == 0
    keep_hit(seen(recipient, kind=HitKind.CLICK))

    assert bring_in_hits() == 2
    assert sorted(Hit.objects.values_list("kind", flat=True)) == ["click", "open"]


def test_hit_that_no_database_takes_costs_itself_only(monkeypatch):
    recipient = RecipientFactory()

    def picky(some) -> int:
        if any(b"poison" in line for line in some):
            raise DataError("never")
        return store_lines(some)

    monkeypatch.setattr(journal, "store_lines", picky)
    for purpose in ("", "", "poison", "", ""):
        keep_hit(seen(recipient, purpose=purpose))

    assert bring_in_hits() == 4
    assert Hit.objects.count() == 4


@pytest.mark.parametrize(
    "line",
    [
        b'["0190","open",1',
        b"[]",
        b"{}",
        b'["01900000000000000000000000000000","dance",1,null,'
        b'"2026-05-04T09:30:00+00:00","GET","","",""]',
        b'["x","open",1,null,"2026-05-04T09:30:00+00:00","GET","","",""]',
        b"\xff",
        b"",
    ],
)
def test_torn_line_costs_itself_only(home, line):
    keep_hit(seen(RecipientFactory()))
    journal.let_go()
    (home / "hits" / "0.log").write_bytes(line + b"\n")

    assert bring_in_hits() == 1


def test_hit_is_stored_with_what_the_columns_hold(home):
    """What no browser sends, some program does."""
    recipient = RecipientFactory()
    at = NOW.replace(microsecond=120)
    agent = "a\0\\u0000" + '"\\\u2028\U0001f600' + "x" * 600
    keep_hit(seen(recipient, at=at, user_agent=agent, method="PROPFINDS"))

    assert bring_in_hits() == 1

    (stored,) = Hit.objects.all()
    assert (stored.at, stored.method) == (at, "PROPFIN")
    assert stored.user_agent == agent.replace("\0", "")[:500]


def test_hit_of_a_mail_that_is_gone_is_dropped_and_of_a_link_is_kept(home):
    recipient = RecipientFactory()
    keep_hit(seen(recipient, recipient_id=recipient.pk + 1))
    keep_hit(seen(recipient, kind=HitKind.CLICK, link_id=987654))

    assert bring_in_hits() == 1
    assert [(hit.kind, hit.link) for hit in Hit.objects.all()] == [("click", None)]
    assert files(home) == []


def test_file_that_another_process_holds_is_left_to_it(home):
    keep_hit(seen(RecipientFactory()))
    journal.let_go()
    (file,) = files(home)

    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert bring_in_hits() == 0
    assert bring_in_hits() == 1


def test_line_that_does_not_fit_on_the_disk_is_said_and_harms_no_other(
    home, monkeypatch
):
    recipient = RecipientFactory()
    real = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, line: real(file, line[:20]))
        with pytest.raises(OSError, match="no room"):
            keep_hit(seen(recipient))
    keep_hit(seen(recipient))

    assert bring_in_hits() == 1


def test_many_keep_while_others_bring_in_and_nothing_is_lost(monkeypatch):
    """Threads as of many processes; each hit arrives exactly once."""
    recipient = RecipientFactory()
    stored: list[bytes] = []
    monkeypatch.setattr(
        journal, "store_lines", lambda some: stored.extend(some) or len(some)
    )

    def keep_many() -> None:
        for number in range(50):
            keep_hit(seen(recipient, link_id=number))

    def bring_in_many() -> None:
        for _ in range(50):
            bring_in_hits()

    threads = [threading.Thread(target=keep_many) for _ in range(4)]
    threads += [threading.Thread(target=bring_in_many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bring_in_hits()

    numbers = [json.loads(line)[3] for line in stored]
    assert sorted(numbers) == sorted([*range(50)] * 4)


def test_hits_of_a_dead_process_are_brought_in_and_judged_by_the_worker(client, home):
    recipient = RecipientFactory()
    client.get(f"/t/o/{sign('open', recipient.pk)}.gif")
    assert Hit.objects.count() == 0

    judge_waiting_hits()

    assert [hit.rules_version > 0 for hit in Hit.objects.all()] == [True]


def test_collecting_stores_and_wakes_the_judge(monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(collector, "wake_judge", lambda: woken.append(1))
    # The thread's own connections; in a test they are the test's.
    monkeypatch.setattr(collector.connections, "close_all", lambda: None)
    keep_hit(seen(RecipientFactory()))

    assert [collector.collect_once(), collector.collect_once()] == [1, 0]
    assert woken == [1]
