"""The links of a mail: found, described and given the address each person gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import quote, urlsplit

from winback.content.masking import Mask
from winback.content.plain import label_of

_LINK = re.compile(
    r"(<(?:a|area|v:\w+)\b[^>]*?\shref=\")([^\"]*)(\"[^>]*>)(.*?)"
    r"(?=</a>|<a\b|</?v:|$)",
    re.DOTALL | re.IGNORECASE,
)
OWN_ADDRESS = re.compile(r"{{-?\s*(unsubscribe_url|view_url)\b")
_PLACEHOLDERS = frozenset({"", "#", "http://", "https://", "http://#", "https://#"})
_EXAMPLE_HOSTS = frozenset({"example.com", "example.org", "example.net"})
MAX_LABEL_LENGTH = 300
SAFE_SCHEMES = ("http://", "https://", "mailto:", "tel:", "sms:", "#")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSpec:
    """One link of a content, numbered from 0 in the order of reading."""

    position: int
    url_template: str  # as written, Liquid included
    label: str
    is_dynamic: bool  # its address depends on the person
    is_tracked: bool  # False: unsubscribe, view online, mailto, tel, anchors

    @property
    def is_placeholder(self) -> bool:
        """Nobody has put a real address here yet."""
        url = self.url_template.strip()
        if url.lower() in _PLACEHOLDERS:
            return True
        return not self.is_dynamic and host_of(url) in _EXAMPLE_HOSTS

    @property
    def is_malformed(self) -> bool:
        """No mail program could open this."""
        url = self.url_template.strip()
        if self.is_dynamic or self.is_placeholder:
            return False
        if not url.lower().startswith(SAFE_SCHEMES) or any(c.isspace() for c in url):
            return True
        return url.lower().startswith("http") and not host_of(url)


def host_of(url: str) -> str:
    """The host of an address in lower case; empty if it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def take_links(
    html: str, mask: Mask, utm: dict[str, str]
) -> tuple[str, list[LinkSpec]]:
    """``html`` with a mark as every link's address, and the links."""
    links: list[LinkSpec] = []

    def take(match: re.Match[str]) -> str:
        masked_url = unescape(match.group(2)).strip()
        is_tracked = _is_trackable(masked_url, mask)
        if is_tracked:
            masked_url = with_parameters(masked_url, utm)
        links.append(
            LinkSpec(
                position=len(links),
                url_template=mask.restore(masked_url),
                label=mask.restore(label_of(match.group(4)))[:MAX_LABEL_LENGTH],
                is_dynamic=mask.has_liquid(masked_url),
                is_tracked=is_tracked,
            )
        )
        mark = mask.add(f"{{% winback_link {len(links) - 1} %}}")
        return match.group(1) + mark + match.group(3) + match.group(4)

    return _LINK.sub(take, html), links


def with_parameters(url: str, parameters: dict[str, str]) -> str:
    """``url`` with query parameters added, all else in it left as it was.

    A parameter that the address has already is not touched; the fragment stays
    at the end.
    """
    base, hash_sign, fragment = url.partition("#")
    _path, question_mark, query = base.partition("?")
    present = {piece.partition("=")[0] for piece in query.split("&")}
    added = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in parameters.items()
        if value and name not in present
    )
    if not added:
        return url
    if not question_mark:
        joint = "?"
    else:
        joint = "" if not query or query.endswith("&") else "&"
    return f"{base}{joint}{added}{hash_sign}{fragment}"


def safe_address(url: str) -> str:
    """``url`` if a mail program may open it, else ``#``: values come from leads."""
    if not url.isprintable():
        url = "".join(c for c in url if c.isprintable())
    url = url.strip()
    return url if url.lower().startswith(SAFE_SCHEMES) else "#"


def anchor(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{label}</a>'


def _is_trackable(masked_url: str, mask: Mask) -> bool:
    url = mask.restore(masked_url)
    if OWN_ADDRESS.search(url):
        return False
    # An address that begins with a merge field is judged once it is filled.
    return mask.begins_with_liquid(masked_url) or url.lower().startswith(
        ("http://", "https://")
    )
