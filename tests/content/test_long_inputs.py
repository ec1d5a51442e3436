"""Rows of one thing, less than a paste may be: each of these took minutes once.

A search that goes back over what it has read takes the square of the length. Nothing
here looks at a clock: such a test would not end.
"""

from __future__ import annotations

import pytest

from winback.content.branding.rules import DEFAULT_BRAND, with_words
from winback.content.incoming import take_in
from winback.content.masking import Mask
from winback.content.pasted import clean_html, removals

LENGTH = 150_000


def row_of(piece):
    return piece * (LENGTH // len(piece))


@pytest.mark.parametrize(
    "source",
    [
        "<meta http-equiv=" + row_of(" ") + "x>",
        "<a href=" + row_of(" ") + "x>",
        "<body " + row_of("a") + ">",
        "<body " + row_of("a-") + ">",
        "<p>" + row_of("<\u017ftyle>"),
        "<style>a{b:url(" + row_of(" ") + "}</style>",
        "<p>" + row_of("{{"),
        "<p>" + row_of("{% raw %}"),
        "<p>" + row_of("{% comment %}"),
    ],
    ids=lambda source: source[:20],
)
def test_html_of_one_thing_in_a_row_is_taken_in(source):
    assert take_in(source).body_kind == "html"


@pytest.mark.parametrize(
    "source",
    [
        "<mjml><mj-text" + row_of(" ") + "></mj-text></mjml>",
        '<mjml><a href="' + row_of(" ") + '"></a></mjml>',
        "<mjml>" + row_of("<?xml "),
        "<mjml>" + row_of("<!DOCTYPE "),
    ],
    ids=lambda source: source[:20],
)
def test_mjml_of_one_thing_in_a_row_is_taken_in(source):
    assert take_in(source).body_kind == "mjml"


def test_spaces_hide_no_script():
    assert removals('<a href = "  javascript:x">') == ["addresses that run a script"]
    assert removals('<meta http-equiv = " refresh">') == [
        "going on to another page by itself"
    ]
    taken = take_in('<mjml><mj-text  onclick = "x" a="b"> onx="1"</mj-text></mjml>')
    assert taken.body == '<mjml><mj-text a="b"> onx="1"</mj-text></mjml>'


def test_attributes_are_read_whatever_stands_between_them():
    html = clean_html("<body class='a'bgcolor = \"red\"1x=2 data-id=3 id=4>x").html

    assert '<body class="a" bgcolor="red" id="4">' in html


@pytest.mark.parametrize(
    "source",
    [
        "a {{ b }} c {% if d %}e{% endif %}",
        "{{ a }}{{ never closed {% if b %}",
        "{% raw %}{{ a }}{% endraw %}{% raw %}{{ b }}",
        "{%- comment -%}x{{ y }}{%- endcomment -%}z{{ w }}",
        "{{{ a }}} {%} %}{{}}",
    ],
)
def test_masked_liquid_comes_back(source):
    mask = Mask()

    hidden = mask.hide(source)

    kept = source.replace("{% raw %}{{ a }}{% endraw %}", RAW)
    kept = kept.replace("{%- comment -%}x{{ y }}{%- endcomment -%}", "")
    assert mask.restore(hidden) == kept


RAW = "{% raw %}{{{% endraw %} a {% raw %}}}{% endraw %}"


@pytest.mark.parametrize("piece", ["a", "-", "color", "color:", "color= "])
def test_brand_words_are_put_into_one_thing_in_a_row(piece):
    assert with_words(row_of(piece), DEFAULT_BRAND, "en") == row_of(piece)
