"""A mail that comes from another tool: what kind it is, and what may not come along."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.foreign_fields import ForeignField, exchange_fields
from winback.content.liquid.limits import MAX_SOURCE_LENGTH
from winback.content.masking import Mask
from winback.content.models import BodyKind
from winback.content.pasted import clean_html
from winback.core.formats import number_text

# Where a page tells its encoding, and those that mails were written in.
_SEARCHED = 4096
_CHARSET = re.compile(
    rb"(?:charset|encoding)\s*=\s*[\"']?"
    rb"((?:windows|cp)-?125[0-8]|iso-8859-(?:[1-9]|1[03-6])|koi8-[ru]"
    rb"|gb2312|gbk|gb18030|big5|shift_jis|euc-jp|euc-kr)\b",
    re.IGNORECASE,
)
_BYTE_ORDER_MARK = "\ufeff"
_PROLOGUE = re.compile(r"<\?xml\b[^<>]*\?>|<!DOCTYPE\b[^<>\[]*>", re.IGNORECASE)
_MJML = re.compile(r"<mjml\b", re.IGNORECASE)
_ADDED_ATTRIBUTES = re.compile(r"<mj-html-attributes\b")
# Elements that run, load or ask for input; these go with all that they hold.
_WITH_CONTENT = (
    "script|iframe|object|applet|form|select|textarea|svg|math|audio|video|template"
)
_ALONE = r"embed|input|base|link|mj-include|meta(?=[^<>]*\shttp-equiv\b)"
_ACTIVE = re.compile(rf"<(/?)({_WITH_CONTENT}|{_ALONE})\b[^<>]*>", re.IGNORECASE)
_HOLDING = frozenset(_WITH_CONTENT.split("|"))
_CLOSING = {name: re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE) for name in _HOLDING}
# Taking something out may join what stood around it; nobody writes that by chance.
_PASSES = 4
_TAG = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_HANDLER = re.compile(
    r"(?<!\s)\s++on[a-z]++\s*+=\s*+(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE
)
_SCRIPT_ADDRESS = re.compile(
    r"(\s(?:href|src|action|background|background-url)\s*+=\s*+)"
    r"(\"\s*+(?:javascript|vbscript|data):[^\"]*\"|'\s*+(?:javascript|vbscript|data):[^']*')",
    re.IGNORECASE,
)


class IncomingRefusedError(Exception):
    """What was brought is no mail; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A body fit to be edited, and what had to go, in words."""

    body_kind: str
    body: str
    removed: list[str]
    exchanged: list[ForeignField] = field(default_factory=list)


def read_upload(data: bytes) -> str:
    """The text of an uploaded file, in UTF-8 or as it says that it is written.

    Raises IncomingRefusedError.
    """
    if len(data) > MAX_SOURCE_LENGTH * 4:
        raise IncomingRefusedError(_("This is too long: at most 512 KB are possible."))
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    message = _("The file is not written in UTF-8. Save it so, and try again.")
    raise IncomingRefusedError(message)


def _encodings(data: bytes) -> Iterator[str]:
    """What the text may be written in, the surest first."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16"
    yield "utf-8-sig"
    told = _CHARSET.search(data[:_SEARCHED])
    if told:
        name = told.group(1).decode().lower()
        # Browsers read this one so, whatever it says.
        yield "windows-1252" if name == "iso-8859-1" else name


def take_in(source: str) -> Incoming:
    """HTML or MJML, whichever ``source`` is, without what a mail may not hold.

    Merge fields of other tools become ours where it is known which. The rest
    stays letter by letter in MJML; HTML gets a document of our own around its
    body. Raises IncomingRefusedError.
    """
    source = source.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").strip()
    source = source.replace("\x00", "")
    if not source:
        raise IncomingRefusedError(_("There is nothing in it. Paste a mail's source."))
    if len(source) > MAX_SOURCE_LENGTH:
        raise IncomingRefusedError(_("This is too long: at most 512 KB are possible."))
    if "<" not in source:
        raise IncomingRefusedError(
            _("This is neither HTML nor MJML. Use “Plain text” for it.")
        )
    source, exchanged = exchange_fields(source)
    taken = _mjml(source) if _MJML.search(source) else _html(source)
    return replace(taken, exchanged=exchanged)


def _html(source: str) -> Incoming:
    mask = Mask()
    cleaned = clean_html(mask.hide(source))
    return Incoming(
        body_kind=BodyKind.HTML,
        body=mask.restore(cleaned.html),
        removed=cleaned.removed,
    )


def _mjml(source: str) -> Incoming:
    counts: dict[str, int] = {}
    body = _PROLOGUE.sub("", source).strip()
    for _pass in range(_PASSES):
        body = _without_active(body, counts)
        if not _ACTIVE.search(body):
            break
    else:
        raise IncomingRefusedError(
            _("Something in it hides what it is. Take its scripts out by hand.")
        )
    handlers = addresses = 0

    def mend(match: re.Match[str]) -> str:
        nonlocal handlers, addresses
        tag, found = _HANDLER.subn("", match.group())
        handlers += found
        tag, found = _SCRIPT_ADDRESS.subn(r'\1"#"', tag)
        addresses += found
        return tag

    body = _TAG.sub(mend, body)
    removed = [f"<{name}>: {number_text(count)}" for name, count in counts.items()]
    if handlers:
        removed.append(
            ngettext("%(n)s event handler", "%(n)s event handlers", handlers)
            % {"n": number_text(handlers)}
        )
    if addresses:
        removed.append(_("addresses that run a script"))
    if _ADDED_ATTRIBUTES.search(body):
        removed.append(
            _("<mj-html-attributes> stays in the source but adds nothing to the mail")
        )
    return Incoming(body_kind=BodyKind.MJML, body=body, removed=removed)


def _without_active(source: str, counts: dict[str, int]) -> str:
    """One pass from start to end; what is taken out is counted by its name."""
    out: list[str] = []
    position, never_closed = 0, set[str]()
    for match in _ACTIVE.finditer(source):
        if match.start() < position:
            continue  # inside what was taken out
        out.append(source[position : match.start()])
        position = match.end()
        name = match.group(2).lower()
        if match.group(1):
            continue
        counts[name] = counts.get(name, 0) + 1
        is_whole = name not in _HOLDING or match.group().endswith("/>")
        if is_whole or name in never_closed:
            continue
        closing = _CLOSING[name].search(source, position)
        if closing:
            position = closing.end()
        else:
            never_closed.add(name)  # looked for once: a thousand cost one search
    out.append(source[position:])
    return "".join(out)
