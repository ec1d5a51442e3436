from __future__ import annotations

import pytest

from winback.content.inspection.colours import (
    BLACK,
    WHITE,
    Colour,
    contrast,
    parse_colour,
)
from winback.content.inspection.contrast import faint_words
from winback.content.inspection.tree import read_tree

DARK = '<meta name="color-scheme" content="light dark">'


def found(body: str, css: str = "", meta: str = "") -> list[tuple[str, str, str, bool]]:
    head = f"<head>{meta}<style>{css}</style></head>"
    html = f"<html>{head}<body>{body}</body></html>"
    return [
        (faint.words, faint.colour, faint.ground, faint.in_dark_mode)
        for faint in faint_words(read_tree(html))
    ]


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", Colour(255, 255, 255)),
        ("#0b6e69", Colour(11, 110, 105)),
        ("0b6e69", Colour(11, 110, 105)),
        ("#00000080", Colour(0, 0, 0, 128 / 255)),
        ("rgb(255, 0, 0)", Colour(255, 0, 0)),
        ("rgb(100% 0% 0% / 50%)", Colour(255, 0, 0, 0.5)),
        ("rgba(300,-4,0,.5)", Colour(255, 0, 0, 0.5)),
        ("hsl(0, 100%, 50%)", Colour(255, 0, 0)),
        ("Navy", Colour(0, 0, 128)),
        ("transparent", Colour(0, 0, 0, 0)),
        ("inherit", None),
        ("var(--ink)", None),
        ("rgb(1,2)", None),
        ("", None),
    ],
)
def test_parse_colour(text, colour):
    assert parse_colour(text) == colour


def test_contrast_is_that_of_the_guideline():
    assert contrast(BLACK, WHITE) == 21
    # The grey that WebAIM's examples name as the lightest that passes on white.
    assert round(contrast(WHITE, Colour(0x76, 0x76, 0x76)), 2) == 4.54


def test_black_on_white_is_not_faint():
    assert found("<p>Hello</p>") == []


def test_grey_on_white_is_faint_and_told_once():
    body = '<p style="color:#999">One</p><p style="color:#999">Two</p>'

    assert found(body) == [("One", "#999999", "#ffffff", False)]


@pytest.mark.parametrize(
    ("body", "is_faint"),
    [
        ('<p style="color:#888;font-size:24px">Large</p>', False),
        ('<p style="color:#888;font-size:18px">Medium</p>', True),
        ('<p style="color:#888;font-size:19px"><b>Bold</b></p>', False),
        ('<h2 style="color:#888">Heading</h2>', False),
        ('<p style="font-size:12pt;color:#888"><span>Inherited</span></p>', True),
        ('<div style="display:none;color:#fff">Preheader</div>', False),
        ('<div style="font-size:0;color:#fff">Nothing</div>', False),
        ('<p style="color:#fff">…</p>', False),
        (
            '<div style="background:url(a.png)"><p style="color:#fff">x1</p></div>',
            False,
        ),
        (
            '<div style="background:url(a.png)"><div style="background:#fff">'
            '<p style="color:#fff">x1</p></div></div>',
            True,
        ),
        ('<table bgcolor="#222"><tr><td style="color:#333">x1</td></tr></table>', True),
        ('<font color="#dddddd">Old</font>', True),
        ('<p style="background:#000"><a href="/">Link</a></p>', True),
        ('<div style="background:#000;color:#fff">On black</div>', False),
        ('<p style="color:rgba(0,0,0,.3)">Thin</p>', True),
    ],
)
def test_faintness(body, is_faint):
    assert bool(found(body)) is is_faint


def test_dark_rules_are_tried_by_themselves():
    css = (
        "@media (prefers-color-scheme: dark) { .sheet { background-color: #111 "
        "!important } .sheet .note { color: #333 !important } }"
    )
    body = '<div class="sheet" style="background:#fff"><p class="note">Note</p></div>'

    assert found(body, css, DARK) == [("Note", "#333333", "#111111", True)]
    assert found(body, css) == []  # without the word, no program makes it dark


def test_dark_rules_without_important_lose_to_the_elements_own():
    css = "@media (prefers-color-scheme: dark) { p { color: #fff } }"

    body = '<p style="color:#000;background:#fff">Mine</p>'

    assert found(body, css, DARK) == []


@pytest.mark.parametrize(
    ("body", "faint"),
    [
        ("<p>Nothing said</p>", []),
        ('<a href="/">Link</a>', []),
        (
            '<p style="background:#fff">Ground only</p>',
            [("Ground only", "#ffffff", "#ffffff", True)],
        ),
        (
            '<p style="color:#222">Colour only</p>',
            [("Colour only", "#222222", "#121212", True)],
        ),
        ('<p style="color:#222;background:#fff">Both</p>', []),
    ],
)
def test_what_is_not_said_is_dark_in_dark_mode(body, faint):
    assert found(body, meta=DARK) == faint


def test_a_pair_that_is_weak_always_is_told_as_by_day():
    body = '<p style="color:#999;background:#fff">Note</p>'

    assert found(body, meta=DARK) == [("Note", "#999999", "#ffffff", False)]


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<p",
        "</p></p>",
        "<style>" + "{" * 5000,
        '<p style="' + "(" * 20000 + '">x</p>',
        "<style>" + "/*" * 20000,
        "<div>" * 5000 + "deep",
        '<p style="color:#' + "f" * 5000 + '">x</p>',
        "<p style=color:hsl(,,)>x</p>",
    ],
)
def test_faint_words_of_anything_never_raises(html):
    assert isinstance(faint_words(read_tree(html)), list)
