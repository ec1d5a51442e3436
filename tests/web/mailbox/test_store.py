from __future__ import annotations

from datetime import timedelta

from tests.web.mailbox.conftest import RECEIVED_AT, delivery


def test_lines_are_newest_first_and_page_by_id(store):
    store.add([delivery(subject=f"Mail {number}") for number in (1, 2, 3)])

    assert [line.subject for line in store.lines(limit=2)] == ["Mail 3", "Mail 2"]
    assert [line.subject for line in store.lines(before_id=2)] == ["Mail 1"]


def test_lines_search_finds_every_word_in_any_script(store):
    store.add(
        [
            delivery("olena@example.org", "Знову в НАЯВНОСТІ"),
            delivery("sam@example.org", "Back in stock"),
            delivery("sara@example.org", "موجود شد ۵"),
        ]
    )

    assert [x.recipient for x in store.lines(search="olena наявності")] == [
        "olena@example.org"
    ]
    assert [x.recipient for x in store.lines(search="شد 5")] == ["sara@example.org"]
    assert store.count(search="100%") == 0
    assert store.count() == 3


def test_mark_read_keeps_the_first_time(store):
    store.add([delivery()])

    store.mark_read(1, now=RECEIVED_AT)
    store.mark_read(1, now=RECEIVED_AT + timedelta(days=1))

    assert [line.is_read for line in store.lines()] == [True]


def test_clear_leaves_nothing(store):
    store.add([delivery()])

    store.clear()

    assert (store.count(), store.get(1)) == (0, None)


def test_get_by_a_number_beyond_all_mails_finds_nothing(store):
    store.add([delivery()])

    assert (store.get(10**30), store.get(2**63), store.get(1).id) == (None, None, 1)
