from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.content.fields import sample_values
from winback.content.links import with_parameters
from winback.content.rendering import (
    ContentError,
    ContentSource,
    MergeContext,
    compile_content,
)


def compiled(**fields):
    return compile_content(ContentSource(**{"subject": "S", **fields}))


def mail(content, *, rewrite=lambda _position, url: url, **lead):
    values = sample_values()
    values["lead"] = {**values["lead"], **lead}
    return content.render(MergeContext(values=values, rewrite_link=rewrite))


def mjml(column):
    return (
        "<mjml><mj-body><mj-section><mj-column>"
        f"{column}</mj-column></mj-section></mj-body></mjml>"
    )


def test_plain_text_becomes_paragraphs_lists_and_links():
    content = compiled(
        body="Hello {{ lead.first_name }},\n\n- one\n- two\n\nSee https://a.test/x?b=1&c=2."
    )

    out = mail(content)

    assert "Hello Olena,</p>" in out.html
    assert "<li>one</li><li>two</li>" in out.html
    assert 'href="https://a.test/x?b=1&amp;c=2"' in out.html
    assert out.text.startswith(
        "Hello Olena,\n\n* one\n* two\n\nSee https://a.test/x?b=1&c=2."
    )


def test_plain_text_cannot_bring_markup():
    out = mail(
        compiled(body="<script>alert(1)</script> {{ lead.company }}"), company="<b>"
    )

    assert "<script" not in out.html
    assert "&lt;b&gt;" in out.html
    assert "<script>alert(1)</script> <b>" in out.text


@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028"])
def test_a_value_with_a_line_break_cannot_end_the_subject(breaker):
    content = compiled(subject="For {{ lead.company }}", body="x")

    subject = mail(content, company=f"A{breaker}Bcc: all@b.test").subject

    assert subject.splitlines() == [subject]
    assert "\0" not in subject
    assert subject.startswith("For A")


def test_the_subject_keeps_zero_width_joiners():
    assert mail(compiled(subject="می‌شوید", body="x")).subject == "می‌شوید"


def test_a_line_break_in_the_subject_itself_is_refused():
    with pytest.raises(ContentError) as caught:
        compiled(subject="a\r\nBcc: b@c.test", body="x")

    assert [p.message for p in caught.value.problems] == [
        "This must be one line. Take out the line break."
    ]


def test_mjml_keeps_conditions_between_elements():
    content = compiled(
        body_kind="mjml",
        body=mjml(
            "{% if lead.city %}<mj-text>In {{ lead.city }}</mj-text>"
            "{% else %}<mj-text>Nowhere</mj-text>{% endif %}"
        ),
    )

    assert "In Kyiv" in mail(content).html
    assert "Nowhere" not in mail(content).html
    assert "Nowhere" in mail(content, city=None).html
    assert "Nowhere" in mail(content, city=None).text


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (
            "<mjml><mj-body>\n<mj-section></mj-column></mj-body></mjml>",
            2,
            "A tag is closed that is not the one opened last. Check the pairs.",
        ),
        ("Hello", 1, "MJML begins with <mjml> and ends with </mjml>."),
        (
            mjml('<mj-include path="/etc/passwd" />'),
            None,
            "A mail cannot take in other files (mj-include).",
        ),
        (mjml("\n<mj-txt>x</mj-txt>"), 2, "There is no element <mj-txt>."),
        (
            '<!DOCTYPE x [<!ENTITY a "b">]><mjml></mjml>',
            None,
            "Take out the DOCTYPE; MJML begins with <mjml>.",
        ),
    ],
)
def test_faulty_mjml_is_refused_with_its_line(body, line, message):
    with pytest.raises(ContentError) as caught:
        compiled(body_kind="mjml", body=body)

    assert [(p.line, p.message) for p in caught.value.problems] == [(line, message)]


def test_mjml_fetches_nothing_its_author_did_not_write():
    out = mail(compiled(body_kind="mjml", body=mjml("<mj-text>x</mj-text>")))

    assert "googleapis" not in out.html
    assert "@import" not in out.html


def test_pasted_html_is_cleaned_and_says_what_went():
    content = compiled(
        body_kind="html",
        body=(
            "<html><head><style>p{color:red}</style></head><body>"
            '<p onclick="x()">Hi<script>alert(1)</script></p>'
            '<a href="javascript:alert(1)">x</a><iframe src="//e.test"></iframe>'
            "{% raw %}<script>{{ x }}</script>{% endraw %}</body></html>"
        ),
    )

    html = mail(content).html

    for gone in ("<script", "onclick", "javascript:", "<iframe", "alert(1)"):
        assert gone not in html
    assert '<p style="color: red;">Hi</p>' in html
    assert content.removed == [
        "<script>: 2",
        "<iframe>: 1",
        "1 event handler",
        "addresses that run a script",
    ]


@pytest.mark.parametrize("opened", ["<!--", "<style>", "<head>", "<a ", "<p><b>"])
def test_html_that_never_closes_costs_bounded_time(opened):
    began = time.perf_counter()

    with contextlib.suppress(ContentError):
        compiled(body_kind="html", body=opened * (200_000 // len(opened)))

    assert time.perf_counter() - began < 20


def test_pasted_tables_keep_their_loops():
    content = compiled(
        body_kind="html",
        body=(
            "<table><tr>{% for i in (1..2) %}<td>{{ i }}</td>{% endfor %}</tr></table>"
        ),
    )

    assert "<tr><td>1</td><td>2</td></tr>" in mail(content).html


def test_a_link_that_is_a_merge_field_is_tracked_wherever_it_is():
    fields = "{{ lead.first_name }} " * 1200
    body = f"{fields}<a href=' {{{{ company.website }}}}'>Shop</a>"

    [link] = compiled(body_kind="html", body=body, needs_unsubscribe=False).links

    assert (link.is_tracked, link.is_dynamic) == (True, True)


def test_links_are_listed_in_order_and_rewritten_but_for_our_own():
    content = compiled(
        body_kind="mjml",
        body=mjml(
            '<mj-button href="https://a.test/">Shop</mj-button><mj-text>'
            '<a href="https://a.test/?q={{ lead.city }}">City</a>'
            '<a href="mailto:a@b.test">Write</a> <a href="tel:+380">Call</a>'
            '<a href="{{ unsubscribe_url }}">No more</a>'
            '<a href="{{ view_url }}">See</a></mj-text>'
        ),
    )
    asked = []

    def rewrite(position, url):
        asked.append((position, url))
        return f"https://t.test/{position}"

    out = mail(content, rewrite=rewrite, city="New York & more")

    assert [(spec.label, spec.is_tracked) for spec in content.links] == [
        ("Shop", True),
        ("City", True),
        ("Write", False),
        ("Call", False),
        ("No more", False),
        ("See", False),
    ]
    assert set(asked) == {
        (0, "https://a.test/"),
        (1, "https://a.test/?q=New%20York%20%26%20more"),
    }
    assert 'href="https://t.test/0"' in out.html
    assert "Shop (https://t.test/0)" in out.text
    assert 'href="https://example.com/u/"' in out.html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JAVASCRIPT:x", "data:text/html,x"]
)
def test_an_address_from_a_lead_cannot_run_anything(url):
    content = compiled(body_kind="html", body='<a href="{{ lead.company }}">x</a>')

    assert '<a href="#">x</a>' in mail(content, company=url).html


def test_language_and_direction_are_told():
    out = mail(compiled(body="سلام", language="fa"))

    assert '<html lang="fa" dir="rtl">' in out.html


def test_a_layout_for_left_to_right_is_turned_round():
    body = mjml('<mj-text align="left">x</mj-text>')

    assert (
        "text-align:right"
        in mail(compiled(body_kind="mjml", body=body, language="fa")).html
    )
    assert "text-align:right" not in mail(compiled(body_kind="mjml", body=body)).html


def test_the_preheader_is_hidden_and_escaped_and_not_in_the_text():
    out = mail(compiled(body="Body", preheader='<b> & "{{ lead.city }}"'))

    assert "&lt;b&gt; &amp; &quot;Kyiv&quot;" in out.html
    assert out.html.index("display:none") < out.html.index("Body")
    assert "Kyiv" not in out.text


def test_an_unsubscribe_link_is_added_only_where_there_is_none():
    assert compiled(body="x").footer_was_added is True
    assert "Unsubscribe (https://example.com/u/)" in mail(compiled(body="x")).text

    own = compiled(body="Stop: {{ unsubscribe_url }}")
    assert own.footer_was_added is False
    assert mail(own).html.count("https://example.com/u/") == 1


def test_holes_with_a_fallback_or_a_question_are_not_bare():
    content = compiled(
        subject="{{ lead.city }}",
        body=(
            '{{ lead.company | default: "x" }} {{ lead.first_name | upcase }}'
            "{% if lead.product %}{{ lead.product.name }}{% endif %}"
            "{% if lead.title %}{{ lead.country }}{% endif %}"
        ),
    )

    assert content.bare_fields == {"lead.city", "lead.first_name", "lead.country"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test", "https://a.test?utm=w%20b"),
        ("https://a.test/?", "https://a.test/?utm=w%20b"),
        ("https://a.test/?x=%2F&y", "https://a.test/?x=%2F&y&utm=w%20b"),
        ("https://a.test/#top?x", "https://a.test/?utm=w%20b#top?x"),
        ("https://a.test/?utm=own", "https://a.test/?utm=own"),
        ("https://a.test/?a=1&#f", "https://a.test/?a=1&utm=w%20b#f"),
    ],
)
def test_parameters_are_added_without_breaking_the_address(url, expected):
    assert with_parameters(url, {"utm": "w b"}) == expected


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=300), st.sampled_from(["text", "html"]))
def test_whatever_is_written_compiles_or_is_refused(body, kind):
    try:
        content = compiled(body=body, body_kind=kind)
    except ContentError:
        return
    out = mail(content)
    assert "zqlq" not in out.html
    assert "winback_link" not in out.html + out.text
