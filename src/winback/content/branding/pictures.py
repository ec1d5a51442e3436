"""What a picture's first bytes say of it: a PNG or a JPEG, and how large."""

from __future__ import annotations

from dataclasses import dataclass

PNG, JPEG = "image/png", "image/jpeg"
_PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers (ITU T.81, table B.1); C4, C8 and CC are something else.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Picture:
    """Kind and size in pixels."""

    media_type: str
    width: int
    height: int


def read_picture(data: bytes) -> Picture | None:
    """None if these bytes begin neither a PNG nor a JPEG, or name no size."""
    if data.startswith(_PNG_BEGINS) and data[12:16] == b"IHDR":
        return _sized(PNG, data[16:20], data[20:24])
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    return None


def _jpeg(data: bytes) -> Picture | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # fill bytes
            place += 1
        elif marker in _WITHOUT_LENGTH:
            place += 2
        elif marker in _FRAME_MARKERS:
            return _sized(
                JPEG, data[place + 7 : place + 9], data[place + 5 : place + 7]
            )
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None


def _sized(media_type: str, width: bytes, height: bytes) -> Picture | None:
    wide, high = int.from_bytes(width), int.from_bytes(height)
    return Picture(media_type, wide, high) if wide and high else None
