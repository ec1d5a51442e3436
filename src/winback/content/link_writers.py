"""What stands in a mail's links: one writer for each of its two parts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from winback.content.links import LinkSpec, safe_address
from winback.content.liquid.engine import (
    CompiledTemplate,
    Hole,
    LinkWriter,
    RenderState,
    compile_template,
)


@dataclass(frozen=True, slots=True)
class LinkWriters:
    """Fill in the link of a position for one person."""

    html: LinkWriter
    text: LinkWriter


def link_writers(links: list[LinkSpec]) -> LinkWriters:
    """Addresses as HTML has them and as plain text has them."""
    addresses = [_address_writer(link) for link in links]
    return LinkWriters(
        html=lambda position, state: escape(addresses[position](state)),
        text=lambda position, state: addresses[position](state),
    )


def _address_writer(link: LinkSpec) -> Hole:
    position, url = link.position, link.url_template
    if not link.is_dynamic:
        fixed = safe_address(url)
        if not link.is_tracked:
            return lambda _state: fixed
        return lambda state: state.link(position, fixed)
    template = _encoded(compile_template(url, autoescape=False), url)
    tracked = link.is_tracked

    def write(state: RenderState) -> str:
        filled = safe_address(template.render(state))
        if not tracked or not filled.lower().startswith(("http://", "https://")):
            return filled
        return state.link(position, filled)

    return write


def _encoded(template: CompiledTemplate, url: str) -> CompiledTemplate:
    """Values inside an address are percent-encoded unless its author does so.

    What comes before the first plain text is the address's beginning, such as
    ``{{ company.website }}/offers``, and stays as it is.
    """
    parts = template.parts
    if "url_encode" in url:
        return template
    plain = (place for place, part in enumerate(parts) if isinstance(part, str))
    begins = next(plain, len(parts))
    inside = (
        part if isinstance(part, str) else _quoted(part) for part in parts[begins:]
    )
    return CompiledTemplate((*parts[:begins], *inside))


def _quoted(hole: Hole) -> Hole:
    return lambda state: quote(hole(state), safe="")
