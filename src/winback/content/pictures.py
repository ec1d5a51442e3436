"""Uploaded images: read with care, made fit for mails, kept under secret names."""

from __future__ import annotations

import os
import re
import secrets
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, ImageSequence

from winback.accounts.models import User
from winback.content.models import Picture

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
# A 24 megapixel camera's picture is fine; what unpacks to gigabytes is not.
MAX_PIXELS = 40_000_000
# All frames of an animation together.
MAX_ANIMATION_PIXELS = 120_000_000
# Each costs some milliseconds, however small it is; a film of ten seconds has 250.
MAX_FRAMES = 500
# Twice the width of a usual mail, for screens with fine pixels.
MAX_WIDTH = 1200
MAX_HEIGHT = 4000
JPEG_QUALITY = 82
READABLE = ("PNG", "JPEG", "GIF", "WEBP")
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
NAME = re.compile(r"[A-Za-z0-9_-]{22}\.(?:png|jpg|gif)")


class PictureRefusedError(Exception):
    """A file cannot be used as a picture; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPicture:
    data: bytes
    kind: str  # a key of CONTENT_TYPES
    width: int
    height: int


def store_picture(data: bytes, *, alt: str, by: User, now: datetime) -> Picture:
    """Keep an uploaded file for use in mails. Raises PictureRefusedError.

    The file is written before its row: a crash between the two leaves a file
    that nobody knows, never a row without its file.
    """
    prepared = prepare_picture(data)
    name = f"{secrets.token_urlsafe(16)}.{prepared.kind}"
    path = picture_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(prepared.data)
    os.replace(part, path)
    return Picture.objects.create(
        name=name,
        alt=alt.strip()[:300],
        width=prepared.width,
        height=prepared.height,
        size_bytes=len(prepared.data),
        uploaded_by=by,
        created_at=now,
    )


def picture_path(name: str) -> Path:
    """Where the file of this name lies. The name must match ``NAME``."""
    return Path(settings.CONFIG.home) / "media" / "pictures" / name


def picture_url(picture: Picture) -> str:
    """The address that mails show it by: absolute, public, not to be guessed."""
    return f"{settings.CONFIG.public_url}/i/{picture.name}"


def known_sizes(addresses: Iterable[str]) -> dict[str, int]:
    """Bytes of those pictures that are kept here, by address. One query at most."""
    ours = f"{settings.CONFIG.public_url}/i/"
    wanted = [url.removeprefix(ours) for url in addresses if url.startswith(ours)]
    if not wanted:
        return {}
    kept = Picture.objects.filter(name__in=wanted).values_list("name", "size_bytes")
    return {f"{ours}{name}": size for name, size in kept}


def prepare_picture(
    data: bytes, *, fits: tuple[int, int] = (MAX_WIDTH, MAX_HEIGHT)
) -> PreparedPicture:
    """``data`` as a PNG, JPEG or GIF that ``fits``, nothing but pixels in it.

    Turned as the camera says, then without EXIF, GPS, comments and profiles;
    WebP, which Outlook does not show, becomes PNG or JPEG. The size is judged
    before anything is unpacked. Raises PictureRefusedError.
    """
    if len(data) > MAX_UPLOAD_BYTES:
        raise PictureRefusedError(
            _("The picture is larger than 10 MB. Make it smaller first.")
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the limit on pixels is our own
            with Image.open(BytesIO(data), formats=READABLE) as image:
                _check_size(image)
                return (_animation if _moves(image) else _still)(image, fits)
    except PictureRefusedError:
        raise
    # Pillow's readers raise whatever a broken file makes them stumble over.
    except Exception as error:
        raise PictureRefusedError(
            _("This is no picture that mails can show. Use PNG, JPEG, GIF or WebP.")
        ) from error


def _check_size(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS or pixels * _frames(image) > MAX_ANIMATION_PIXELS:
        raise PictureRefusedError(
            _("The picture has too many pixels. Make it smaller first.")
        )


def _frames(image: Image.Image) -> int:
    """How many there are; they are not counted where there are too many."""
    if image.format != "GIF":
        return 1
    try:
        image.seek(MAX_FRAMES)
    except EOFError:
        image.seek(0)
        return int(getattr(image, "n_frames", 1))
    raise PictureRefusedError(
        _("The animation has too many frames. Make it shorter first.")
    )


def _moves(image: Image.Image) -> bool:
    return image.format == "GIF" and getattr(image, "n_frames", 1) > 1


def _still(image: Image.Image, fits: tuple[int, int]) -> PreparedPicture:
    image.draft("RGB", fits)
    turned = ImageOps.exif_transpose(image)
    has_alpha = turned.has_transparency_data
    is_photo = image.format == "JPEG" or (image.format == "WEBP" and not has_alpha)
    plain = turned.convert("RGB" if is_photo or not has_alpha else "RGBA")
    plain.thumbnail(fits, Image.Resampling.LANCZOS)
    # A new image: no part of what the file said about itself goes along.
    clean = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    out = BytesIO()
    if is_photo:
        clean.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    else:
        clean.save(out, "PNG", optimize=True)
    return PreparedPicture(
        data=out.getvalue(),
        kind="jpg" if is_photo else "png",
        width=clean.width,
        height=clean.height,
    )


def _animation(image: Image.Image, fits: tuple[int, int]) -> PreparedPicture:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        plain = frame.convert("RGBA")
        plain.thumbnail(fits, Image.Resampling.LANCZOS)
        frames.append(Image.frombytes(plain.mode, plain.size, plain.tobytes()))
        durations.append(frame.info.get("duration", 100))
    out = BytesIO()
    frames[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=image.info.get("loop", 0),
        disposal=2,
    )
    first = frames[0]
    return PreparedPicture(
        data=out.getvalue(), kind="gif", width=first.width, height=first.height
    )
