"""Values that are worked out once for each different text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

# Different texts in a batch beyond which remembering them costs more than it
# saves.
MANY = 2000


class Memo(dict[Any, Any]):
    """``memo[text]`` is ``work(text)``, worked out when it is asked for first.

    A result of None is not kept, and errors of ``work`` come through. A memo that
    grows too large is emptied, and from then on remembers nothing.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        super().__init__()
        self.work = work
        self.is_varied = False

    def __missing__(self, text: Any) -> Any:
        value = self.work(text)
        if value is not None:
            self[text] = value
        return value

    def of_batch(self, texts: Iterable[Any]) -> list[Any]:
        """The value of each text of a batch."""
        if self.is_varied:
            return list(map(self.work, texts))
        values = [self[text] for text in texts]
        self.trim()
        return values

    def trim(self) -> None:
        """Give memory back; between batches."""
        if len(self) > MANY:
            self.is_varied = True
            self.clear()
