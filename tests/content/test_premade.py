from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from tests.factories import NOW
from winback.content.fields import empty_values, sample_values
from winback.content.mjml import compile_mjml
from winback.content.models import Template, TemplateContent
from winback.content.premade import premade_templates, with_defaults_spread
from winback.content.rendering import ContentSource, MergeContext, compile_content

LANGUAGES = {"en", "uk", "fa"}
CONTENTS = [
    pytest.param(content, id=f"{premade.key}-{content.language}")
    for premade in premade_templates()
    for content in premade.contents
]


KEYS = {
    "welcome_back",
    "restock",
    "price_drop",
    "we_listened",
    "last_chance",
    "owner_question",
    "new_feature",
    "plain_letter",
}
DEFAULTS = """<mjml><mj-head><mj-attributes>
  <mj-all font-family="Arial" /><mj-text color="#123456" padding="0 9px" />
</mj-attributes></mj-head><mj-body><mj-section><mj-column>
  <mj-text padding="3px">One &lt; two</mj-text><mj-divider border-width="2px" />
  <mj-button href="https://x.example/?a=1&amp;b=2">Three</mj-button>
</mj-column></mj-section></mj-body></mjml>"""


@pytest.mark.django_db
def test_premade_templates_are_in_the_database_in_three_languages():
    languages = TemplateContent.objects.exclude(template__key="").values_list(
        "template__key", "language"
    )

    assert set(languages) == {(key, code) for key in KEYS for code in LANGUAGES}


@pytest.mark.django_db
def test_premade_templates_are_this_versions_after_every_migrate():
    ours = TemplateContent.objects.filter(template__key="restock", language="fa")
    subject = ours.get().subject
    ours.update(subject="An older version's")
    own = TemplateContent.objects.create(
        template=Template.objects.create(name="Mine", created_at=NOW),
        language="",
        subject="Mine",
    )

    call_command("migrate", verbosity=0)

    assert ours.get().subject == subject
    own.refresh_from_db()
    assert own.subject == "Mine"


def test_premade_templates_are_named_in_three_languages():
    for premade in premade_templates():
        assert premade.names.keys() == premade.purposes.keys() == LANGUAGES
        assert len(set(premade.names.values())) == len(LANGUAGES)


def test_spread_defaults_compile_to_the_same_mail():
    assert compile_mjml(with_defaults_spread(DEFAULTS)) == compile_mjml(DEFAULTS)
    assert "mj-attributes" not in with_defaults_spread(DEFAULTS)


def test_plain_part_reads_like_a_letter():
    text = rendered("owner_question", "fa", sample_values()).text

    assert "۱ هنوز نیاز دارم\nپیش‌فاکتور جدیدی برایم بفرستید." in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("key", sorted(KEYS - {"plain_letter"}))
def test_what_is_not_known_leaves_no_gap(key):
    ours = {"name": "Lamp House", "postal_address": "1 Market Street"}
    mail = rendered(key, "en", {**empty_values(), "company": ours})

    assert "\n\n\n" not in mail.text
    assert 'href=""' not in mail.html
    assert 'class="go"' not in mail.html  # no button that leads nowhere


def rendered(key, language, values):
    premade = next(one for one in premade_templates() if one.key == key)
    content = next(one for one in premade.contents if one.language == language)
    compiled = compile_content(
        ContentSource(
            subject=content.subject,
            body_kind="mjml",
            body=content.body,
            language=language,
        )
    )
    return compiled.render(MergeContext(values=values))


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
    assert compiled.size_bytes < 60 * 1024
    assert compiled.footer_was_added is False
    assert mail.subject
    for leftover in ("{{", "{%", "[[", "zqlq", "None"):
        assert leftover not in mail.html + mail.text + mail.subject


def test_a_condition_in_a_wrapper_is_whole_for_outlook_and_in_the_text():
    body = """<mjml><mj-body><mj-wrapper>
      <mj-section><mj-column><mj-text>One</mj-text></mj-column></mj-section>
      {% if lead.city %}
      <mj-section><mj-column><mj-text>Two</mj-text></mj-column></mj-section>
      {% endif %}{% if lead.company %}
      <mj-section><mj-column><mj-text>Three</mj-text></mj-column></mj-section>
      {% endif %}
    </mj-wrapper></mj-body></mjml>"""
    compiled = compile_content(ContentSource(subject="S", body_kind="mjml", body=body))
    values = {**empty_values(), "lead": {"company": "x"}, "unsubscribe_url": "#"}

    mail = compiled.render(MergeContext(values=values))

    assert mail.text.startswith("One\n\nThree\n\n")
    assert "Two" not in mail.html
    seen_by_outlook = re.sub(
        r"<!--\[if mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", mail.html
    )
    for tag in ("table", "tr", "td"):
        opened = len(re.findall(rf"<{tag}\b", seen_by_outlook))
        assert opened == seen_by_outlook.count(f"</{tag}>"), tag
