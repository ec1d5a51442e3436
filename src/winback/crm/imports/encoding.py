"""Which encoding a text file is in, told from its bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20
# Enough letters to know an alphabet by.
ENOUGH_LETTERS = 20_000
_ASCII = bytes(range(128))
_CONTROL_AND_NUL = bytes(set(range(32)) - {9, 10, 12, 13, 26})
_RUNS = re.compile(rb"[\x80-\xff]+")
# The commonest letters of Ukrainian and Russian in cp1251, of Persian and
# Arabic in cp1256: about two thirds of a text in its own encoding, a quarter
# when read as the other.
_CYRILLIC = "оаиіеітнвсрлкОАИІТНВСРЛК".encode("cp1251")
_ARABIC = "ايرنومهدتلکیب".replace("ی", "ي").encode("cp1256")
# Control characters beyond which a file is no text: fewer are a few bad rows.
JUNK_COUNT = 4
JUNK_SHARE = 0.01


def detect_encoding(path: Path) -> str | None:
    """A codec's name, or None if the file is not text at all.

    UTF-8 if every byte fits it; then UTF-16, then the Windows alphabets
    cp1251, cp1256 and cp1252 by the letters used.
    """
    with path.open("rb") as file:
        start = file.read(CHUNK_BYTES)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := _utf16_without_mark(start):
        return wide
    junk = len(start) - len(start.translate(None, _CONTROL_AND_NUL))
    if junk > max(JUNK_COUNT, len(start) * JUNK_SHARE):
        return None
    if _is_utf8(path):
        return "utf-8-sig"
    return _windows_encoding(path)


def _utf16_without_mark(start: bytes) -> str | None:
    """ASCII in UTF-16 has a zero in every other byte."""
    if len(start) < 4:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _windows_encoding(path: Path) -> str:
    letters = bytearray()
    runs = 0
    for chunk in _chunks(path):
        letters += chunk.translate(None, _ASCII)
        runs += len(_RUNS.findall(chunk))
        if len(letters) >= ENOUGH_LETTERS:
            break
    # Letters of a foreign alphabet stand together; accents stand alone.
    if len(letters) < runs * 1.5:
        return "cp1252"
    cyrillic = len(letters) - len(letters.translate(None, _CYRILLIC))
    arabic = len(letters) - len(letters.translate(None, _ARABIC))
    return "cp1256" if arabic > cyrillic else "cp1251"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
