"""The editor's blocks: what can be put into a mail, and what can be set on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

BLOCK_ICONS = {
    "heading": "heading",
    "text": "align-left",
    "image": "photo",
    "button": "square-rounded",
    "columns-1": "square",
    "columns-2": "columns-2",
    "columns-3": "columns-3",
    "product": "shopping-bag",
    "divider": "separator-horizontal",
    "spacer": "spacing-vertical",
    "social": "share",
    "footer": "box-align-bottom",
    "condition": "arrows-split",
}
_GREEN = "#0b6e69"
_QUIET = "#5b6770"
_FOOTER_LINES = (
    "{{{{ company.name }}}}{{% if company.postal_address %}} · "
    "{{{{ company.postal_address }}}}{{% endif %}}<br />"
    '<a href="{{{{ unsubscribe_url }}}}" style="color:{colour}">{unsubscribe}</a> · '
    '<a href="{{{{ view_url }}}}" style="color:{colour}">{view}</a>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing to insert. ``source`` writes its MJML in the active language."""

    kind: str
    label: Promise
    is_section: bool  # stands in the body; the others stand in a column
    source: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One attribute that can be set: ``kind`` names the control that sets it."""

    name: str
    label: Promise
    kind: str  # "text", "words", "link", "picture", "size", "spacing", "colour", "side"


def _section(*columns: str) -> str:
    inner = "\n".join(f"  <mj-column>\n    {c}\n  </mj-column>" for c in columns)
    return f'<mj-section padding="8px 0">\n{inner}\n</mj-section>'


def _text(words: str, attributes: str = "") -> str:
    return f"<mj-text{attributes}>{words}</mj-text>"


def _heading() -> str:
    words = escape(_("Write a heading"))
    return _text(words, ' font-size="26px" font-weight="700" line-height="1.3"')


def _paragraph() -> str:
    return _text(escape(_("Write what you want to say.")))


def _button() -> str:
    return (
        f'<mj-button href="{{{{ company.website }}}}" background-color="{_GREEN}" '
        'color="#ffffff" border-radius="8px" font-size="16px">'
        f"{escape(_('Have a look'))}</mj-button>"
    )


def _columns(count: int) -> Callable[[], str]:
    return lambda: _section(*[_paragraph()] * count)


def _product() -> str:
    name = _text(
        "{{ lead.product.name }}",
        ' font-size="19px" font-weight="600" color="#0b4f4b" padding="0 24px 4px"',
    )
    price = _text(
        "{% if lead.product.price %}<bdi>{{ lead.product.price }}</bdi>{% endif %}",
        ' color="#0b4f4b" padding="0 24px"',
    )
    return (
        '{% if lead.product %}\n<mj-section padding="8px 24px">\n'
        '  <mj-column background-color="#e6f4f2" border-radius="10px" '
        'padding="20px 0">\n'
        f"    {name}\n    {price}\n    {_button()}\n"
        "  </mj-column>\n</mj-section>\n{% endif %}"
    )


def _social() -> str:
    links = " · ".join(
        f'<a href="https://{host}/" style="color:{_GREEN}">{name}</a>'
        for host, name in (
            ("www.facebook.com", "Facebook"),
            ("www.instagram.com", "Instagram"),
            ("t.me", "Telegram"),
        )
    )
    return _text(links, ' align="center" font-size="14px"')


def footer_source() -> str:
    """Who writes, from where, and how to be left alone, in the active language."""
    lines = _FOOTER_LINES.format(
        colour=_QUIET,
        unsubscribe=escape(_("Unsubscribe")),
        view=escape(_("View this mail in the browser")),
    )
    return _section(_text(lines, f' align="center" font-size="13px" color="{_QUIET}"'))


def _condition() -> str:
    return f"{{% if lead.product %}}\n{_section(_paragraph())}\n{{% endif %}}"


BLOCKS: tuple[Block, ...] = tuple(
    Block(kind=kind, label=label, is_section=is_section, source=source)
    for kind, label, is_section, source in (
        ("heading", gettext_lazy("Heading"), False, _heading),
        ("text", pgettext_lazy("block of a mail", "Text"), False, _paragraph),
        (
            "image",
            gettext_lazy("Image"),
            False,
            lambda: '<mj-image src="" alt="" padding="8px 24px" />',
        ),
        ("button", gettext_lazy("Button"), False, _button),
        ("columns-1", gettext_lazy("One column"), True, _columns(1)),
        ("columns-2", gettext_lazy("Two columns"), True, _columns(2)),
        ("columns-3", gettext_lazy("Three columns"), True, _columns(3)),
        ("product", gettext_lazy("Product card"), True, _product),
        (
            "divider",
            gettext_lazy("Divider"),
            False,
            lambda: '<mj-divider border-width="1px" border-color="#d5dbdd" />',
        ),
        (
            "spacer",
            gettext_lazy("Spacer"),
            False,
            lambda: '<mj-spacer height="24px" />',
        ),
        ("social", gettext_lazy("Social links"), False, _social),
        ("footer", gettext_lazy("Footer"), True, footer_source),
        ("condition", gettext_lazy("Only for some people"), True, _condition),
    )
)


def _property(name: str, label: Promise, kind: str) -> Property:
    return Property(name=name, label=label, kind=kind)


_ALIGN = _property("align", gettext_lazy("Alignment"), "side")
_COLOUR = _property("color", gettext_lazy("Text colour"), "colour")
_GROUND = _property("background-color", gettext_lazy("Background"), "colour")
_AROUND = _property("padding", gettext_lazy("Space around"), "spacing")
_ROUND = _property("border-radius", gettext_lazy("Rounded corners"), "size")
_LETTERS = _property("font-size", gettext_lazy("Size of the letters"), "size")
_WIDTH = _property("width", gettext_lazy("Width"), "size")
_LINK = _property("href", gettext_lazy("Link"), "link")
PROPERTIES: dict[str, tuple[Property, ...]] = {
    "mj-text": (_LETTERS, _COLOUR, _ALIGN, _AROUND),
    "mj-button": (_LINK, _GROUND, _COLOUR, _ALIGN, _LETTERS, _ROUND, _AROUND),
    "mj-image": (
        _property("src", gettext_lazy("Picture"), "picture"),
        _property("alt", gettext_lazy("What the picture shows"), "words"),
        _LINK,
        _WIDTH,
        _ALIGN,
        _ROUND,
        _AROUND,
    ),
    "mj-divider": (
        _property("border-color", gettext_lazy("Colour"), "colour"),
        _property("border-width", gettext_lazy("Thickness"), "size"),
        _AROUND,
    ),
    "mj-spacer": (_property("height", gettext_lazy("Height"), "size"),),
    "mj-section": (_GROUND, _ROUND, _AROUND),
    "mj-wrapper": (_GROUND, _ROUND, _AROUND),
    "mj-column": (_WIDTH, _GROUND, _ROUND, _AROUND),
    "mj-body": (_GROUND, _WIDTH),
    "mj-social-element": (_LINK,),
    "mj-hero": (_GROUND, _AROUND),
}
ELEMENT_LABELS: dict[str, Promise] = {
    "mj-body": gettext_lazy("The whole mail"),
    "mj-section": gettext_lazy("Section"),
    "mj-wrapper": gettext_lazy("Frame"),
    "mj-group": gettext_lazy("Group"),
    "mj-column": gettext_lazy("Column"),
    "mj-text": pgettext_lazy("block of a mail", "Text"),
    "mj-image": gettext_lazy("Image"),
    "mj-button": gettext_lazy("Button"),
    "mj-divider": gettext_lazy("Divider"),
    "mj-spacer": gettext_lazy("Spacer"),
    "mj-social": gettext_lazy("Social links"),
    "mj-social-element": gettext_lazy("Social link"),
    "mj-table": gettext_lazy("Table"),
    "mj-raw": gettext_lazy("HTML"),
    "mj-hero": gettext_lazy("Hero"),
}


def block_sources(language: str) -> dict[str, str]:
    """The MJML of every block by its kind, its words in the mail's language."""
    with translation.override(language):
        return {block.kind: block.source() for block in BLOCKS}


def blank_mail(language: str) -> str:
    """An empty, good-looking frame to start from, in the mail's language."""
    with translation.override(language):
        heading, words, button = _heading(), _paragraph(), _button()
        return _BLANK % {
            "heading": heading,
            "text": words,
            "button": button.replace("<mj-button", '<mj-button align="left"', 1),
            "footer": footer_source(),
        }


# Dark mode repeats the light colours' meaning; mail programs without it ignore it.
_BLANK = """<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="-apple-system, 'Segoe UI', Roboto, Vazirmatn, Tahoma, \
Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.65" color="#1f2933" \
padding="8px 32px" />
      <mj-button padding="12px 32px" inner-padding="14px 28px" font-weight="600" />
    </mj-attributes>
    <mj-style>
      @media (prefers-color-scheme: dark) {
        body, .page { background-color: #101417 !important; }
        .card, .card > table { background: #1a2025 !important; }
        .card div { color: #e8ebee !important; }
      }
    </mj-style>
  </mj-head>
  <mj-body background-color="#eef2f1" css-class="page">
    <mj-spacer height="24px" />
    <mj-wrapper background-color="#ffffff" border-radius="14px" padding="24px 0" \
css-class="card">
      <mj-section padding="8px 0">
        <mj-column>
          %(heading)s
          %(text)s
          %(button)s
        </mj-column>
      </mj-section>
    </mj-wrapper>
    %(footer)s
  </mj-body>
</mjml>
"""
