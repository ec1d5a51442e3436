"""One end of a tag in a place that is cleaned away, or that only Outlook reads."""

from __future__ import annotations

import pytest

from winback.content.rendering import ContentError, ContentSource, compile_content

MJML = (
    "<mjml><mj-head><mj-title>{% if lead.city %}</mj-title></mj-head><mj-body>"
    "<mj-section><mj-column><mj-text>x{% endif %}</mj-text></mj-column></mj-section>"
    "</mj-body></mjml>"
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("html", "<script>{% if lead.city %}</script>x{% endif %}"),
        ("html", "<!-- {% if lead.city %} -->x{% endif %}"),
        ("html", "<style>{% if lead.city %}</style>x{% endif %}"),
        ("html", "<title>{% for n in (1..3) %}</title>x{% endfor %}"),
        ("mjml", MJML),
    ],
)
def test_a_tag_whose_end_is_cleaned_away_is_told_and_no_crash(kind, body):
    with pytest.raises(ContentError) as refused:
        compile_content(ContentSource(subject="Hi", body_kind=kind, body=body))

    (problem,) = refused.value.problems
    assert problem.message.startswith("One end of a Liquid tag is where the mail")
