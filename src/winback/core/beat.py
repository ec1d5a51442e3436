"""The alarm clock's own clock.

Celery's counts by the time of day: set back by two hours it is silent for two
hours, and a wake-up that carries the hour of its expiry is dropped by every worker
whose clock is ahead. This one counts seconds since its start, and bounds what
waits by looking at the queue. It keeps no file: nothing here is rarer than a
minute, so a restart may ring everything at once.
"""

from __future__ import annotations

import time
from typing import Any

from celery import beat
from kombu.exceptions import ChannelError

# Wake-ups are repeated anyway: with so many waiting, another would only be noise.
MOST_WAITING = 100


class SteadyScheduler(beat.Scheduler):
    """Rings each entry of CELERY_BEAT_SCHEDULE every so many seconds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rings_at: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *_: Any, **__: Any) -> float:
        """Ring what is due; how many seconds it is until the next."""
        now = time.monotonic()
        # Celery merges schedules in an order of no meaning.
        names = sorted(self.schedule)
        due = [name for name in names if self._rings_at.get(name, now) <= now]
        if due and self._has_room():
            for name in due:
                self.apply_entry(self.schedule[name], producer=self.producer)
        for name in due:
            every = self.app.conf.beat_schedule[name]["schedule"]
            self._rings_at[name] = now + every
        return max(min(self._rings_at.values()) - time.monotonic(), 0.0)

    def _has_room(self) -> bool:
        """Also if the broker does not answer: ringing will tell what is wrong."""
        queue = self.app.conf.task_default_queue
        no_answer: tuple[type[BaseException], ...] = (
            *(ChannelError, OSError),
            *self.connection.connection_errors,
        )
        try:
            with self.connection.channel() as channel:
                # celery-types' channel lacks what every real one has.
                declared = channel.queue_declare(queue, passive=True)  # type: ignore[attr-defined]
        except no_answer:  # also: the queue is not there yet
            return True
        return bool(declared.message_count < MOST_WAITING)
