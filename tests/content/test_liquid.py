from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.content.checking import Checker
from winback.content.fields import MERGE_FIELDS, sample_values
from winback.content.liquid.engine import RenderError, RenderState, compile_template
from winback.content.liquid.formats import Money, date_text, money_text, number_text


def problems(source):
    checker = Checker()
    checker.check("body", source)
    return [(problem.line, problem.message) for problem in checker.problems]


def rendered(source, *, autoescape=True, **values):
    template = compile_template(source, autoescape=autoescape)
    return template.render(RenderState(values, lambda _position, url: url))


TOO_OFTEN = "This loop runs too often. A mail may have at most 10,000 turns in all."
TOO_MUCH = "This produces too much text or needs too much work. Make it simpler."
NO_HTML = (
    "HTML between quotes inside a Liquid tag is not possible. "
    "Write the HTML outside of the tag."
)
HOSTILE = {
    "endless loop": ("{% for i in (1..1000000000) %}x{% endfor %}", TOO_OFTEN),
    "loops in loops": (
        "{% for i in (1..9000) %}{% for j in (1..9000) %}{% endfor %}{% endfor %}",
        TOO_OFTEN,
    ),
    "one loop after the other": (
        "{% for i in (1..6000) %}{% endfor %}" * 2,
        TOO_OFTEN,
    ),
    "a long body in a loop": (
        "{% for i in (1..9000) %}" + "{% if true %}{% endif %}" * 500 + "{% endfor %}",
        TOO_OFTEN,
    ),
    "doubling text": (
        '{% assign s = "aaaaaaaaaa" %}{% for i in (1..60) %}'
        "{% assign s = s | append: s %}{% endfor %}",
        TOO_MUCH,
    ),
    "squaring numbers": (
        "{% assign s = 9 %}{% for i in (1..60) %}"
        "{% assign s = s | times: s %}{% endfor %}{{ s }}",
        TOO_MUCH,
    ),
    "huge join": ('{{ (1..1000000000) | join: "x" }}', TOO_MUCH),
    "multiplying replace": (
        '{% assign a = "aaaaaaaaaa" | replace: "a", "aaaaaaaaaa" '
        '| replace: "a", "aaaaaaaaaa" | replace: "a", "aaaaaaaaaa" %}'
        '{{ a | replace: "a", a | replace: "a", a }}',
        TOO_MUCH,
    ),
    "much output": (
        "{% for i in (1..9000) %}" + "x" * 1000 + "{% endfor %}",
        TOO_MUCH,
    ),
    "script in quotes": ('{{ "<script>" }}', NO_HTML),
    "script put together": ("{{ 'a' | append: '<b' }}", NO_HTML),
    "files": (
        '{% include "/etc/passwd" %}',
        "A mail cannot take in other files. Put the text here instead.",
    ),
    "rendering files": (
        '{% render "x" %}',
        "A mail cannot take in other files. Put the text here instead.",
    ),
    "NUL": ("a\0b", "This holds a NUL character. Take it out."),
    "too long": ("x" * 600_000, "This is too long: at most 512 KB are possible."),
    "deep nesting": (
        "{% if lead.city %}" * 200 + "{% endif %}" * 200,
        "The tags are nested too deeply. Make it simpler.",
    ),
}


@pytest.mark.parametrize(("source", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_liquid_is_refused_with_a_clear_message_in_bounded_time(
    source, message
):
    began = time.perf_counter()

    found = problems(source)

    assert time.perf_counter() - began < 5
    assert [text for _line, text in found] == [message]


@pytest.mark.parametrize(
    "source",
    [
        "{% if " + " and ".join(["lead.city"] * 20_000) + " %}x{% endif %}",
        "{{ lead" + "[lead" * 3000 + "]" * 3000 + " }}",
    ],
)
def test_deep_expressions_are_refused_and_break_nothing(source):
    assert len(problems(source)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "lead.__class__",
        "lead.first_name.__class__.__mro__",
        "lead._record",
        "lead.pk",
        "owner.password",
        "settings.SECRET_KEY",
        "self",
    ],
)
def test_probing_attributes_is_an_unknown_field(path):
    [(line, message)] = problems("a\nb {{ " + path + " }}")

    assert line == 2
    assert message.startswith(f"There is no merge field “{path}”.")


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (
            "x\ny {{ lead.frist_name }}",
            2,
            "There is no merge field “lead.frist_name”. "
            "Did you mean “lead.first_name”?",
        ),
        ("\n\n{{ lead.city | shout }}", 3, "There is no filter “shout”."),
        (
            "a\n{% if lead.city %}\nb",
            2,
            "The tag “if” is never closed. Add {% endif %}.",
        ),
        (
            "a\n{% unlesss x %}",
            2,
            "There is no tag “unlesss”, or it is in the wrong place.",
        ),
    ],
)
def test_faults_tell_their_line_and_what_to_do(source, line, message):
    assert problems(source) == [(line, message)]


@pytest.mark.parametrize("field", MERGE_FIELDS, ids=lambda field: field.path)
def test_every_merge_field_may_be_used(field):
    assert problems("{{ " + field.path + " }}") == []


@settings(deadline=None)  # a busy machine is no fault
@given(st.text())
def test_values_never_become_markup(text):
    html = rendered("<p>{{ lead.company }}</p>", lead={"company": text})
    slow = rendered("<p>{{ lead.company | upcase }}</p>", lead={"company": text})

    for out in (html, slow):
        inner = out.removeprefix("<p>").removesuffix("</p>")
        assert "<" not in inner
        assert ">" not in inner
        assert '"' not in inner


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=200))
def test_the_checker_never_raises(source):
    Checker().check("body", source)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(alphabet="{}% |:.'\"()abifendlorst\n", max_size=80))
def test_the_checker_never_raises_on_liquid_like_text(source):
    Checker().check("body", source)


def test_a_quick_hole_says_the_same_as_liquid_itself():
    values = sample_values()
    for path in (field.path for field in MERGE_FIELDS):
        quick = rendered("{{ " + path + ' | default: "x" }}', **values)
        slow = rendered("{% assign a = 1 %}{{ " + path + ' | default: "x" }}', **values)
        assert quick == slow


@pytest.mark.parametrize("empty", [None, "", False])
def test_default_stands_for_every_kind_of_nothing(empty):
    source = 'Hi {{ lead.first_name | default: "you & me" }}'

    assert rendered(source, lead={"first_name": empty}) == "Hi you &amp; me"
    assert rendered(source, autoescape=False) == "Hi you & me"


# Written the same by the editor: frontend/tests/parts.test.js.
STRANGE = 'A "5\' shelf" 20 %} & {{ x }}\n&#34; <b> "قفسه"\u200f'
STRANGE_AS_WRITTEN = (
    "\"A &#34;5' shelf&#34; 20 %&#125; & &#123;&#123; x &#125;&#125;&#10;&#38;#34; "
    '&#60;b&#62; &#34;قفسه&#34;\u200f"'
)


@pytest.mark.parametrize(
    "condition",
    [
        "{% if lead.lost_reason == %s %}yes{% else %}no{% endif %}",
        "{% unless lead.lost_reason == %s %}no{% else %}yes{% endunless %}",
        "{% if lead.city == 'x' %}no{% elsif lead.lost_reason == %s %}yes"
        "{% else %}no{% endif %}",
        "{% case lead.lost_reason %}{% when 'x', %s %}yes{% else %}no{% endcase %}",
    ],
    ids=["if", "unless", "elsif", "when"],
)
def test_a_condition_asks_for_any_name_there_is(condition):
    source = condition.replace("%s", STRANGE_AS_WRITTEN)

    assert problems(source) == []
    assert rendered(source, lead={"lost_reason": STRANGE}) == "yes"
    assert rendered(source, lead={"lost_reason": STRANGE[1:]}) == "no"


def test_numbers_in_texts_that_are_written_stay_as_they_are():
    assert rendered('{{ lead.city | default: "&#60;b&#62;" }}') == "&amp;#60;b&amp;#62;"
    assert rendered("{% if lead.city == '&#9999999;' %}a{% endif %}", lead={}) == ""


def test_variables_of_one_person_do_not_reach_the_next():
    template = compile_template(
        "{% if lead.city %}{% assign seen = lead.city %}{% endif %}{{ seen }}",
        autoescape=True,
    )
    kyiv = RenderState({"lead": {"city": "Kyiv"}}, lambda _position, url: url)
    nowhere = RenderState({"lead": {}}, lambda _position, url: url)

    assert template.render(kyiv) == "Kyiv"
    assert template.render(nowhere) == ""


def test_a_value_that_does_not_fit_is_a_render_error():
    with pytest.raises(RenderError):
        rendered("{{ lead.city | money }}", lead={"city": "Kyiv"})


@pytest.mark.parametrize(
    ("amount", "language", "text"),
    [
        ("1200.5", "en", "€1,200.50"),
        ("1200", "en", "€1,200"),
        ("1200.5", "uk", "1\xa0200,50\xa0EUR"),
        ("1200", "fa", "\u200e€\xa0۱٬۲۰۰"),
    ],
)
def test_money_is_written_as_the_language_does(amount, language, text):
    assert money_text(Decimal(amount), "EUR", language) == text


def test_numbers_and_dates_are_written_as_the_language_does():
    day = date(2025, 3, 14)

    assert number_text(1200, "fa") == "۱٬۲۰۰"
    assert date_text(day, "long", "en") == "March 14, 2025"
    assert date_text(day, "long", "uk") == "14 березня 2025\u202fр."
    assert date_text(day, "long", "fa") == "۲۴ اسفند ۱۴۰۳"


def test_money_can_be_compared_and_formatted():
    lead = {"expected_revenue": Money(Decimal(1200), "EUR", "en")}
    source = (
        "{% if lead.expected_revenue > 1000 %}{{ lead.expected_revenue }}{% endif %}"
    )

    assert rendered(source, lead=lead) == "€1,200"
