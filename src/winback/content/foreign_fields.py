"""Merge fields of other tools: what they mean here, and where they stand.

Nobody fills them here: a mail with ``*|FNAME|*`` in it would go out so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from winback.content.fields import is_known

_PEOPLE = frozenset(
    [
        "attributes",
        "client",
        "contact",
        "contactfield",
        "customer",
        "data",
        "lead",
        "member",
        "object",
        "person",
        "profile",
        "recipient",
        "subscriber",
        "user",
        "var",
    ]
)
# What other tools call it, in letters and digits only, and what it is here.
_MEANINGS = {
    "lead.first_name": "fname firstname givenname first prenom vorname імя имя نام",
    "lead.last_name": "lname lastname surname familyname last прізвище фамилия"
    " نامخانوادگی",
    "lead.contact_name": "name fullname contactname повнеімя نامکامل",
    "lead.email": "email emailaddress mail toemail ایمیل",
    "lead.company": "organization organisation компанія شرکت",
    "lead.city": "city town місто город شهر",
    "lead.country": "country країна страна کشور",
    "lead.phone": "phone phonenumber mobile mobilephone телефон تلفن",
    "lead.language": "language lang locale",
    "lead.product.name": "product productname itemname товар محصول",
    "lead.product.price": "price productprice ціна цена قیمت",
    "owner.name": "ownername salesrep accountowner",
    "company.name": "listcompany sendercompany accountcompany",
    "company.postal_address": "postaladdress listaddress htmllistaddresshtml"
    " physicaladdress mailingaddress senderaddress accountaddress",
    "unsubscribe_url": "unsub unsubscribe unsubscribeurl unsubscribelink unsubscribeuri"
    " unsubscribetext optout optouturl optoutlink unsubscribed",
    "view_url": "archive permalink shortpermalink webversion webview webviewurl"
    " webviewtext mirror mirrorlink viewinbrowser viewonline browserlink viewemailurl"
    " onlineversion webversionurl viewinbrowserurl",
}
_OURS = {word: path for path, words in _MEANINGS.items() for word in words.split()}
_ADDRESSES = frozenset(["unsubscribe_url", "view_url"])
_OPENS = frozenset(["='", '="'])
_NAME = r"[^\W\d][\w .:'’-]{0,60}?"  # letters of any script
# Ways to write a field that mean nothing else.
_SURE = (
    r"\*\|\s*(?P<a>[^|*<>]{1,80}?)\s*\|\*"
    rf"|%%=?\s*(?:v\(@)?(?P<b>{_NAME})\)?\s*=?%%"
    rf"|\[\[\s*(?P<c>(?!brand_){_NAME})(?::\"(?P<cf>[^\"\]<>]*)\")?\s*\]\]"
    rf"|(?<!\{{)\{{[$!]\s*(?P<d>{_NAME})\}}(?!\}})"
    rf"|\$\{{\s*(?P<e>{_NAME})\s*\}}"
    rf"|<%=?\s*(?P<f>{_NAME})\s*%>|&lt;%=?\s*(?P<g>{_NAME})\s*%&gt;"
    rf"|\[%\s*(?P<h>{_NAME})\s*%\]|@@(?P<i>{_NAME})@@"
)
# Ways that are a field only if the name is one.
_MAYBE = (
    r"(?<![{$#])\{(?:contactfield=)?(?P<j>[^\W\d][\w.]{1,40})\}(?!\})"
    r"|%(?:recipient\.)?(?P<k>[^\W\d]\w{2,40})%"
    r"|(?<![\[\]\w])\[(?P<l>[^\W\d_a-z][\w ]{2,40})\](?![\](])"
)
_FIELD = re.compile(f"{_SURE}|(?P<maybe>{_MAYBE})")
_OUTPUT = re.compile(
    r"\{(?P<third>\{?)\{(?P<dash>-?)\s*(?:var:)?(?P<path>[^\W\d][\w.]*)"
    r"(?::\"(?P<fallback>[^\"{}<>]*)\")?(?P<rest>[^{}]*)\}\}(?(third)\}?)"
)
_RAW = re.compile(r"\{%-?\s*raw\b.*?\{%-?\s*endraw\s*-?%\}", re.DOTALL)
# Where a field cannot be, or where it is meant to stay as it is.
_ELSEWHERE = re.compile(
    rf"{_RAW.pattern}"
    r"|\{\{.*?\}\}|\{%.*?%\}"
    r"|<(?P<name>style|mj-style|script)\b.*?</(?P=name)\s*>|<!--(?!\[if).*?-->"
    r"|\sstyle=\"[^\"]*\"",
    # Without its own rules for letters: a long s is an s to it, and never ends one.
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
# Whatever is never closed ends here at the latest: every search ends at once.
_CLOSED = "{% endraw %}}}%}</style></mj-style></script>-->"


@dataclass(frozen=True, slots=True)
class ForeignField:
    """A field as another tool writes it, and ours that says the same or nothing."""

    theirs: str
    ours: str
    line: int


def field_meant(name: str) -> str:
    """Our merge field for another tool's ``name``; empty if there is none."""
    if found := _OURS.get(_plain(name), ""):
        return found
    group, _dot, rest = name.replace(":", ".").partition(".")
    return _OURS.get(_plain(rest), "") if _plain(group) in _PEOPLE else ""


def foreign_fields(source: str) -> list[ForeignField]:
    """What nobody here would fill, each way of writing it once, in its order.

    What stands between ``{% raw %}`` and ``{% endraw %}`` is meant so.
    """
    readable = _readable(source)
    found: dict[str, ForeignField] = {}
    for match in _FIELD.finditer(readable):
        ours = _ours(match)
        if match.group() in found or (match["maybe"] and not ours):
            continue
        line = source.count("\n", 0, match.start()) + 1
        found[match.group()] = ForeignField(match.group(), ours, line)
    return list(found.values())


def exchange_fields(source: str) -> tuple[str, list[ForeignField]]:
    """``source`` with the fields that are known here as ours, and which they were.

    Our own fields, Liquid around them and everything else stay letter by letter.
    An address is exchanged where an address stands and nowhere else.
    """
    out, exchanged, at = list[str](), dict[str, ForeignField](), 0
    for start, theirs, ours in _exchanges(source):
        if start < at:
            continue
        out += [source[at:start], ours]
        at = start + len(theirs)
        if theirs not in exchanged:
            line = source.count("\n", 0, start) + 1
            exchanged[theirs] = ForeignField(theirs, ours, line)
    return "".join([*out, source[at:]]), list(exchanged.values())


def _exchanges(source: str) -> Iterator[tuple[int, str, str]]:
    """Place, what stands there and what it becomes, from start to end."""
    found = [
        (match.start(), match.group(), _ours(match))
        for match in _FIELD.finditer(_readable(source))
        if not match["l"]
    ]
    found += [
        (match.start(), match.group(), _output(match))
        for match in _OUTPUT.finditer(_RAW.sub(_blanked, source + _CLOSED))
    ]
    for start, theirs, ours in sorted(found):
        is_address = any(f" {name} " in ours for name in _ADDRESSES)
        if ours and (not is_address or source[max(start - 2, 0) : start] in _OPENS):
            yield start, theirs, ours


def _ours(match: re.Match[str]) -> str:
    groups = match.groupdict()
    fallback = groups.pop("cf")
    groups.pop("maybe")
    name = next(value for value in groups.values() if value)
    path = field_meant(name)
    return _written(path, fallback or "", "") if path else ""


def _output(match: re.Match[str]) -> str:
    """A Liquid output whose field is not ours; empty if it can stay."""
    if is_known(match["path"]):
        return ""
    path = field_meant(match["path"])
    return _written(path, match["fallback"] or "", match["rest"]) if path else ""


def _written(path: str, fallback: str, rest: str) -> str:
    default = f' | default: "{fallback}"' if fallback else ""
    filters = f" {rest.strip()}" if rest.strip(" -") else ""
    return f"{{{{ {path}{default}{filters} }}}}"


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _readable(source: str) -> str:
    """``source`` with spaces where no field is, as long as it is or longer."""
    return _ELSEWHERE.sub(_blanked, source + _CLOSED)


def _blanked(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
