from __future__ import annotations

import re

import pytest

from winback.content.blocks import BLOCKS, blank_mail, block_sources
from winback.content.canvas import draw_canvas
from winback.content.fields import empty_values, sample_values
from winback.content.rendering import ContentSource, MergeContext, compile_content
from winback.core.choices import Language


def mjml(inner):
    return f"<mjml><mj-body>{inner}</mj-body></mjml>"


def in_column(inner):
    return mjml(f"<mj-section><mj-column>{inner}</mj-column></mj-section>")


def test_canvas_shows_liquid_as_it_is_written():
    drawn = draw_canvas(
        in_column(
            '<mj-text css-class="wb-e-3">Hi {{ lead.first_name | default: "you" }}'
            "</mj-text>"
        ),
        language="en",
    )

    assert "Hi {{ lead.first_name | default: &quot;you&quot; }}" in drawn.html
    assert 'class="wb-e-3"' in drawn.html
    assert (drawn.direction, drawn.problems) == ("ltr", [])


def test_canvas_leaves_no_trace_of_conditions_around_blocks():
    section = "<mj-section><mj-column><mj-text>A</mj-text></mj-column></mj-section>"
    drawn = draw_canvas(
        mjml("{% if lead.product %}" + section + "{% endif %}"), language="en"
    )

    assert "{%" not in drawn.html
    assert ">A</div>" in drawn.html


def test_canvas_of_a_persian_mail_reads_from_the_right():
    drawn = draw_canvas(in_column("<mj-text>سلام</mj-text>"), language="fa")

    assert drawn.direction == "rtl"
    assert 'lang="fa" dir="rtl"' in drawn.html
    assert "text-align:right" in drawn.html


def test_canvas_says_what_is_wrong_and_still_draws():
    drawn = draw_canvas(
        in_column("<mj-text>\n{{ lead.frist_name }}</mj-text>"), language="en"
    )

    assert drawn.html
    assert [problem.line for problem in drawn.problems] == [2]


@pytest.mark.parametrize(
    "source", ["<mjml><mj-body>", "nothing", mjml("<mj-include />"), "x" * 600_000]
)
def test_canvas_of_what_cannot_be_drawn_is_empty_and_says_why(source):
    drawn = draw_canvas(source, language="en")

    assert drawn.html == ""
    assert drawn.problems


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("values", [sample_values(), empty_values()])
def test_every_block_can_be_sent(language, values):
    sources = block_sources(language)
    sections = "".join(sources[b.kind] for b in BLOCKS if b.is_section)
    contents = "".join(sources[b.kind] for b in BLOCKS if not b.is_section)
    column = f"<mj-section><mj-column>{contents}</mj-column></mj-section>"

    compiled = compile_content(
        ContentSource(
            subject="x",
            body_kind="mjml",
            body=mjml(sections + column),
            language=language,
        )
    )
    mail = compiled.render(MergeContext(values=values))

    assert not compiled.footer_was_added
    assert "{" not in re.sub(r"<style.*?</style>", "", mail.html, flags=re.DOTALL)


@pytest.mark.parametrize("language", Language.values)
def test_blank_mail_is_whole_in_every_language(language):
    source = blank_mail(language)
    compiled = compile_content(
        ContentSource(subject="x", body_kind="mjml", body=source, language=language)
    )

    assert not compiled.footer_was_added
    assert draw_canvas(source, language=language).problems == []
    assert (blank_mail("en") == source) == (language == "en")


def test_conditions_beside_each_other_and_nested_keep_their_ends_in_both_parts():
    section = block_sources("en")["columns-1"]
    nested = (
        "<mj-wrapper>" + section + "{% if lead.city %}" + section
        + "{% if lead.product %}" + section + "{% endif %}{% endif %}"
        + "{% if lead.company %}" + section + "{% endif %}</mj-wrapper>"
    )  # fmt: skip

    compiled = compile_content(
        ContentSource(subject="x", body_kind="mjml", body=mjml(nested))
    )

    words = "Write what you want to say."
    for values, count in ((sample_values(), 4), (empty_values(), 1)):
        mail = compiled.render(MergeContext(values=values))
        assert (mail.html.count(words), mail.text.count(words)) == (count, count)
