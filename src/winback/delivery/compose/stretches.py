"""A body part: what is equal for everybody encoded once, and holes between.

Our own addresses stand in every mail many times. Their beginning is a part of
the constant stretch before them, so that only the token is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from winback.content.liquid.engine import Hole, LinkHole, RenderState
from winback.delivery.compose.encoding import SOFT_BREAK, quoted_printable_value
from winback.delivery.compose.skeleton import Stretches
from winback.delivery.links import MailLinks

_LINE_END = re.compile("\r\n?")


@dataclass(slots=True)
class Filling:
    """One person's values, ready to be put into both parts."""

    state: RenderState
    # Tokens as ``ended`` gives them: the pixel's, and one for each plain link.
    open: bytes
    clicks: Sequence[bytes]


Fill = Callable[[Filling], bytes]


class Pixel:
    """The place of the open pixel's token."""


Piece = str | Hole | Pixel
_PIXEL = Pixel()


class Fills:
    """What fills the holes of both parts; equal holes are filled once."""

    def __init__(self, places: Mapping[int, int], links: MailLinks) -> None:
        """``places`` says where in ``Filling.clicks`` a link's token stands."""
        self._places = places
        self._links = links
        self._fills: list[Fill] = []
        self._known: dict[object, int] = {}

    def html(self, pieces: Iterable[str | Hole]) -> Part:
        marked = _marked_with_pixel(pieces, self._links)
        return self._part(marked, escape(self._links.click_prefix))

    def text(self, pieces: Iterable[Piece]) -> Part:
        return self._part(pieces, self._links.click_prefix)

    def values(self, filling: Filling) -> list[bytes]:
        """One person's value for each different hole; parts pick theirs from it."""
        return [fill(filling) for fill in self._fills]

    def _part(self, pieces: Iterable[Piece], click_prefix: str) -> Part:
        constants, order = [""], list[int]()
        for piece in pieces:
            if isinstance(piece, str):
                constants[-1] += _LINE_END.sub("\n", piece)
                continue
            if isinstance(piece, LinkHole) and piece.position in self._places:
                constants[-1] += click_prefix
                place = self._places[piece.position]
                order.append(self._index(("click", place), _click_token(place)))
            elif isinstance(piece, Pixel):
                order.append(self._index(piece, _open_token))
            else:
                order.append(self._index(piece, _encoded(piece)))
            constants.append("")
        return Part(Stretches(constants), order)

    def _index(self, hole: object, fill: Fill) -> int:
        index = self._known.setdefault(hole, len(self._fills))
        if index == len(self._fills):
            self._fills.append(fill)
        return index


class Part:
    """One part of a content: its stretches, and which value stands in which hole."""

    __slots__ = ("_order", "stretches")

    def __init__(self, stretches: Stretches, order: Sequence[int]) -> None:
        self.stretches = stretches
        self._order = order

    def pick(self, values: Sequence[bytes]) -> list[bytes]:
        """The values of this part's holes, in order."""
        return [values[index] for index in self._order]


def ended(token: bytes) -> bytes:
    """A token as it stands in a body: it needs no encoding, only a line's end."""
    return token + SOFT_BREAK


def _marked_with_pixel(pieces: Iterable[str | Hole], links: MailLinks) -> list[Piece]:
    """The pieces with the open pixel at the end of the body."""
    before = f'<img src="{escape(links.open_prefix)}'
    after = f'{links.open_suffix}" width="1" height="1" alt="" style="display:block">'
    marked = list[Piece](pieces)
    for index in range(len(marked) - 1, -1, -1):
        piece = marked[index]
        if isinstance(piece, str) and "</body>" in piece:
            head, end, tail = piece.rpartition("</body>")
            middle = (head + before, _PIXEL, after + end + tail)
            return [*marked[:index], *middle, *marked[index + 1 :]]
    return [*marked, before, _PIXEL, after]


def _open_token(filling: Filling) -> bytes:
    return filling.open


def _click_token(place: int) -> Fill:
    return lambda filling: filling.clicks[place]


def _encoded(hole: Hole) -> Fill:
    return lambda filling: quoted_printable_value(hole(filling.state))
