from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from winback.content.liquid.lines import Hole, Words, line_parts
from winback.content.templatetags.content import merge_line


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("", []),
        ("Back in stock", [Words("Back in stock")]),
        (
            "Hello {{ lead.first_name }}!",
            [Words("Hello "), Hole("lead.first_name"), Words("!")],
        ),
        (
            "{{- lead.city | upcase | default : 'there' -}}, news",
            [Hole("lead.city", "there"), Words(", news")],
        ),
        ("{{ \"a\" }}{{ 'b' | upcase }}c", [Words("abc")]),
        ("{% if a %}x{% elsif b %}y{% else %}{{ c }}{% endif %}z", [Words("xz")]),
        (
            "{% if a %}{% unless b %}1{% else %}2{% endunless %}{% else %}3{% endif %}",
            [Words("1")],
        ),
        ("{% case a %} {% when 1 %}x{% when 2 %}y{% endcase %}", [Words("x")]),
        ("{% comment %}secret {{ a }}{% endcomment %}shown", [Words("shown")]),
        ("{% assign a = 1 %}shown{% endif %}", [Words("shown")]),
        ("Hello {{ lead.first_name", [Words("Hello {{ lead.first_name")]),
        ("{% %}{{ }}", [Hole("")]),
    ],
)
def test_line_parts_are_words_and_holes(source, parts):
    assert line_parts(source) == parts


@given(st.text(alphabet="{}%|\"'- aifeldnswhc.:\n", max_size=60))
def test_line_parts_never_raise(source):
    for part in line_parts(source):
        assert isinstance(part, Words | Hole)


def test_merge_line_names_fields_in_the_readers_language():
    source = "{{ lead.first_name | default: 'there' }}, {{ lead.nickname }}"

    with translation.override("uk"):
        shown = merge_line(source)

    assert "<bdi>Імʼя</bdi>" in shown or "<bdi>Ім’я</bdi>" in shown
    assert "<bdi>lead.nickname</bdi>" in shown


def test_merge_line_escapes_words_fields_and_fallbacks():
    source = "<b>&{{ <i> | default: '\"><script>' }}"

    shown = Template("{% load content %}{{ line|merge_line }}").render(
        Context({"line": source})
    )

    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "<script>" not in shown
    assert shown.startswith("&lt;b&gt;&amp;<span")
