from __future__ import annotations

import pytest

from winback.content.fields import empty_values, sample_values
from winback.content.models import Template
from winback.content.premade import premade_templates
from winback.content.rendering import ContentSource, MergeContext, compile_content

CONTENTS = [
    pytest.param(content, id=f"{premade.key}-{content.language}")
    for premade in premade_templates()
    for content in premade.contents
]


@pytest.mark.django_db
def test_premade_templates_are_in_the_database_in_three_languages():
    template = Template.objects.get(key="welcome_back")

    languages = template.contents.order_by("language").values_list(
        "language", flat=True
    )
    assert list(languages) == ["en", "fa", "uk"]


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("values", [sample_values(), empty_values()])
def test_premade_template_renders_for_everybody(content, values):
    compiled = compile_content(
        ContentSource(
            subject=content.subject,
            preheader=content.preheader,
            body_kind="mjml",
            body=content.body,
            language=content.language,
        )
    )

    mail = compiled.render(MergeContext(values=values))

    direction = "rtl" if content.language == "fa" else "ltr"
    assert f'lang="{content.language}" dir="{direction}"' in mail.html
    assert compiled.size_bytes < 102 * 1024
    assert compiled.footer_was_added is False
    assert mail.subject
    for leftover in ("{{", "{%", "[[", "zqlq", "None"):
        assert leftover not in mail.html + mail.text + mail.subject
