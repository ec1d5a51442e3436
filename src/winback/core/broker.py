"""The broker in a folder, safe against kill -9 and a full disk.

kombu's own writes messages and tables in place. One that is torn, because its
writer was killed or the disk was full, ends every worker that reads it. Here a
file appears whole or not at all, and what cannot be read is thrown away: the
broker carries wake-ups only.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

Bound = filesystem.exchange_queue_t


class Channel(filesystem.Channel):
    """kombu's, but for how files are written and read."""

    def get_table(self, exchange: str) -> list[Bound]:  # type: ignore[override]
        """Which queues an exchange leads to; if that is lost, those we use ourselves.

        A process tells its queues only once, so without this a folder that was
        emptied would lead nowhere until all had been started anew.
        """
        return self._kept_table(exchange) or [
            Bound(bound.routing_key or "", "", bound.queue)
            for bound in self.state.bindings or ()
            if bound.exchange == exchange
        ]

    def _kept_table(self, exchange: str) -> list[Bound]:
        try:
            return list(super().get_table(exchange))
        except ValueError:
            return []

    def _queue_bind(
        self,
        exchange: str,
        routing_key: str | None,
        pattern: str | None,
        queue: str | None,
    ) -> None:
        bound = Bound(routing_key or "", pattern or "", queue or "")
        table = self._kept_table(exchange)
        if bound not in table:
            # kombu checks the name there; its stubs do not know that yet.
            file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
            _write(file, dumps([bound, *table]))

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        # Names sort by age.
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in self._waiting(queue):
            # Of several readers one can take the name away.
            with contextlib.suppress(FileNotFoundError, ValueError):
                return loads(_taken(path))
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _waiting(self, queue: str) -> list[Path]:
        """The oldest first; none if somebody took the folder away."""
        folder = Path(self.data_folder_in)
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        ending = f"{queue}.msg"
        return [folder / name for name in names if name.partition(".")[2] == ending]


class Transport(filesystem.Transport):
    Channel = Channel


def replace_kombus_own() -> None:
    """Addresses that begin with filesystem:// mean this one from now on."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def _write(path: Path, text: str) -> None:
    """All of it or nothing. Raises ChannelError if there is no room."""
    fresh = path.with_name(f".{uuid.uuid4()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise ChannelError(f"{path.name}: {error.strerror}") from error


def _taken(path: Path) -> str:
    """The content of a file that nobody else can take any more."""
    mine = path.with_name(f".{uuid.uuid4()}.taken")
    path.rename(mine)
    try:
        return mine.read_text()
    finally:
        mine.unlink(missing_ok=True)
