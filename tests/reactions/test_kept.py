"""Hits while the database is away: kept in real files, brought in afterwards."""

from __future__ import annotations

import dataclasses
import fcntl
import threading
from pathlib import Path

import pytest
from django.db import OperationalError
from tests.factories import NOW, RecipientFactory

from winback.core.tokens import sign
from winback.reactions.models import Hit, HitKind
from winback.reactions.services import kept
from winback.reactions.services.hits import SeenHit
from winback.reactions.services.kept import bring_in_hits, keep_hit
from winback.reactions.tasks import judge_waiting_hits
from winback.reactions.views import tracking

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Path:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    return tmp_path


def seen(recipient, **changes) -> SeenHit:
    hit = SeenHit(
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


def test_kept_hit_is_stored_as_it_was_seen_and_the_file_is_gone(home):
    recipient = RecipientFactory()
    keep_hit(seen(recipient))

    assert bring_in_hits() == 1
    assert bring_in_hits() == 0

    (stored,) = Hit.objects.all()
    assert (stored.recipient, stored.kind, stored.at) == (recipient, "open", NOW)
    assert stored.user_agent == "Ünïcödé \n browser"
    assert (stored.ip_prefix, stored.rules_version) == ("203.0.113.0/24", 0)
    assert list((home / "hits").iterdir()) == []


def test_bring_in_without_anything_kept_makes_nothing(home):
    assert bring_in_hits() == 0
    assert list(home.iterdir()) == []


def test_bring_in_with_the_database_still_away_keeps_all(home, monkeypatch):
    recipient = RecipientFactory()
    keep_hit(seen(recipient))
    with monkeypatch.context() as patched:
        patched.setattr(kept, "record_hit", away)
        assert bring_in_hits() == 0
    keep_hit(seen(recipient, kind=HitKind.CLICK))

    assert bring_in_hits() == 2
    assert sorted(Hit.objects.values_list("kind", flat=True)) == ["click", "open"]


@pytest.mark.parametrize(
    "line", ['{"kind": "open", "rec', "[]", '{"kind": "dance", "at": ""}', "\xff"]
)
def test_torn_line_costs_itself_only(home, line):
    recipient = RecipientFactory()
    (home / "hits").mkdir()
    (home / "hits" / "0.aside").write_text(f"{line}\n")
    keep_hit(seen(recipient))

    assert bring_in_hits() == 1


@pytest.mark.django_db(transaction=True)  # the end of a transaction finds it out
def test_hit_of_a_mail_that_is_gone_is_dropped(home):
    recipient = RecipientFactory()
    keep_hit(seen(recipient, recipient_id=recipient.pk + 1))

    assert bring_in_hits() == 0
    assert list((home / "hits").iterdir()) == []


def test_file_that_another_process_brings_in_is_left_to_it(home):
    keep_hit(seen(RecipientFactory()))
    (home / "hits" / "hits").rename(home / "hits" / "0.aside")

    with (home / "hits" / "0.aside").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert bring_in_hits() == 0
    assert bring_in_hits() == 1


def test_many_keep_while_others_set_aside_and_nothing_is_lost(home, monkeypatch):
    """Threads of many processes: each opens the file for itself."""
    recipient = RecipientFactory()
    stored: list[SeenHit] = []
    monkeypatch.setattr(kept, "record_hit", lambda hit: stored.append(hit) or True)
    hit = seen(recipient)

    def keep_many() -> None:
        for number in range(50):
            keep_hit(dataclasses.replace(hit, link_id=number))

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

    assert sorted(hit.link_id for hit in stored) == sorted([*range(50)] * 4)


def test_clicks_during_an_outage_are_brought_in_by_the_worker(
    client, home, monkeypatch
):
    recipient = RecipientFactory()
    url = f"/t/o/{tracking_token(recipient)}.gif"
    with monkeypatch.context() as patched:
        patched.setattr(tracking, "record_hit", away)
        assert client.get(url).status_code == 200
    assert Hit.objects.count() == 0

    judge_waiting_hits()

    recipient.refresh_from_db()
    assert Hit.objects.count() == 1
    assert Hit.objects.get().rules_version > 0


def test_hit_after_an_outage_brings_in_those_before(client, home, monkeypatch):
    recipient = RecipientFactory()
    url = f"/t/o/{tracking_token(recipient)}.gif"
    brought: list[int] = []
    done = threading.Event()
    monkeypatch.setattr(tracking, "_bring_in", lambda: (brought.append(1), done.set()))
    with monkeypatch.context() as patched:
        patched.setattr(tracking, "record_hit", away)
        client.get(url)

    client.get(url)
    assert done.wait(10)
    client.get(url)

    assert brought == [1]


def away(hit: SeenHit) -> bool:
    raise OperationalError("the database is away")


def tracking_token(recipient) -> str:
    return sign("open", recipient.pk)
