"""The broker in a folder: real messages over real files."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.simple import SimpleQueue
from kombu.transport.virtual import BrokerState

from winback.core import broker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def queue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleQueue]:
    # Of the whole process otherwise: which queues it has told of already.
    monkeypatch.setattr(broker.Transport, "global_state", BrokerState())
    folder.mkdir()
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    with Connection("filesystem://localhost", transport_options=options) as connection:
        assert isinstance(connection.transport, broker.Transport)
        yield connection.SimpleQueue("celery")


def next_of(queue: SimpleQueue) -> object:
    message = queue.get(block=False)
    message.ack()
    return message.payload


def test_messages_come_in_order_and_leave_nothing(queue, folder):
    for number in range(3):
        queue.put(number)

    assert [next_of(queue) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        queue.get(block=False)
    assert [path for path in folder.iterdir() if path.is_file()] == []


@pytest.mark.parametrize("torn", ["", '{"body": "W10='])
def test_torn_message_is_thrown_away_and_the_next_one_comes(queue, folder, torn):
    (folder / "00_torn.celery.msg").write_text(torn)
    queue.put("whole")

    assert next_of(queue) == "whole"
    assert not (folder / "00_torn.celery.msg").exists()


@pytest.mark.parametrize("torn", ["", '[["celery"'])
def test_torn_table_of_queues_is_written_anew(queue, folder, monkeypatch, torn):
    table = folder / "control" / "celery.exchange"
    whole = table.read_text()
    table.write_text(torn)
    # Another process, which knows nothing yet.
    monkeypatch.setattr(broker.Transport, "global_state", BrokerState())

    with Connection(
        "filesystem://localhost", transport_options=queue.channel.transport_options
    ) as connection:
        second = connection.SimpleQueue("celery")
        second.put("arrives")

        assert next_of(second) == "arrives"
    assert table.read_text() == whole


def test_folder_that_was_emptied_is_filled_again(queue, folder):
    queue.put("lost")
    shutil.rmtree(folder)

    queue.put("arrives")

    assert next_of(queue) == "arrives"


def test_message_on_a_full_disk_is_refused_and_leaves_nothing(
    queue, folder, monkeypatch
):
    def no_room(path: Path, text: str) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", no_room)

    with pytest.raises(ChannelError, match="No space left on device"):
        queue.put("too much")

    assert [path for path in folder.iterdir() if path.is_file()] == []
