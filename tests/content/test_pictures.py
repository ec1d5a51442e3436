from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from winback.content.pictures import (
    MAX_UPLOAD_BYTES,
    PictureRefusedError,
    prepare_picture,
)

ORIENTATION = 0x0112
GPS = 0x8825
COLOURS = ("red", "green", "blue")


def file_of(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(prepared):
    return Image.open(io.BytesIO(prepared.data))


def png_that_claims(width, height):
    """A file of a hundred bytes that says it unpacks to so many pixels."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0")
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "mode", "kept"),
    [
        ("JPEG", "RGB", "jpg"),
        ("PNG", "RGB", "png"),
        ("PNG", "RGBA", "png"),
        ("PNG", "P", "png"),
        ("GIF", "P", "png"),
        ("WEBP", "RGB", "jpg"),
        ("WEBP", "RGBA", "png"),
    ],
)
def test_picture_becomes_what_every_mail_program_shows(kind, mode, kept):
    prepared = prepare_picture(file_of(Image.new(mode, (40, 20)), kind))

    assert (prepared.kind, prepared.width, prepared.height) == (kept, 40, 20)
    assert opened(prepared).format == {"jpg": "JPEG", "png": "PNG"}[kept]


def test_wide_picture_is_made_smaller_and_keeps_its_shape():
    prepared = prepare_picture(file_of(Image.new("RGB", (3000, 1000), "red"), "JPEG"))

    assert (prepared.width, prepared.height) == (1200, 400)


def test_picture_is_turned_and_says_nothing_about_its_maker():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # lies on its side
    exif[GPS] = {1: "N", 2: (50.0, 27.0, 0.0)}
    data = file_of(Image.new("RGB", (40, 20)), "JPEG", exif=exif, comment=b"secret")
    assert b"secret" in data

    prepared = prepare_picture(data)

    assert (prepared.width, prepared.height) == (20, 40)
    assert dict(opened(prepared).getexif()) == {}
    assert b"secret" not in prepared.data
    assert b"Exif" not in prepared.data


def test_animation_goes_on_moving():
    frames = [Image.new("RGB", (30, 30), colour) for colour in COLOURS]
    data = file_of(
        frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, loop=2
    )
    assert Image.open(io.BytesIO(data)).n_frames == 3

    prepared = prepare_picture(data)

    assert prepared.kind == "gif"
    assert opened(prepared).n_frames == 3
    assert opened(prepared).info["loop"] == 2


NO_PICTURE = "no picture"
TOO_MANY = "too many pixels"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", NO_PICTURE),
        (b"<html></html>", NO_PICTURE),
        (file_of(Image.new("RGB", (9, 9)), "BMP"), NO_PICTURE),
        (file_of(Image.new("RGB", (9, 9)), "TIFF"), NO_PICTURE),
        (file_of(Image.new("RGB", (99, 99)), "JPEG")[:300], NO_PICTURE),
        (png_that_claims(8_000, 8_000), TOO_MANY),
        (b"\x00" * (MAX_UPLOAD_BYTES + 1), "10 MB"),
    ],
    ids=["empty", "svg", "html", "bmp", "tiff", "cut off", "bomb", "too large"],
)
def test_what_is_no_picture_for_mails_is_refused(data, reason):
    with pytest.raises(PictureRefusedError, match=reason):
        prepare_picture(data)


def test_animation_of_thousands_of_tiny_frames_is_refused_uncounted():
    """10 MB of them took twenty minutes."""
    frames = [Image.new("1", (1, 1), number % 2) for number in range(501)]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    half = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:99])

    with pytest.raises(PictureRefusedError, match="too many frames"):
        prepare_picture(data)

    assert prepare_picture(half).kind == "gif"


def test_animation_that_unpacks_to_gigabytes_is_refused(monkeypatch):
    monkeypatch.setattr("winback.content.pictures.MAX_ANIMATION_PIXELS", 5000)
    frames = [Image.new("RGB", (50, 50), colour) for colour in COLOURS]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])

    with pytest.raises(PictureRefusedError, match=TOO_MANY):
        prepare_picture(data)
