"""What somebody may try: refused with a clear word, or harmless, and never long."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.merge import MergeLead, OurSide, merge_values
from winback.content.nesting import MAX_DEPTH, line_never_closed, line_too_deep
from winback.content.pasted import clean_html
from winback.content.rendering import ContentSource, MergeContext, compile_content
from winback.content.sheets import safe_sheet, safe_style
from winback.crm.models import Product


def refusal(kind, body):
    with pytest.raises(ContentError) as caught:
        compile_content(ContentSource(subject="s", body_kind=kind, body=body))
    return [(problem.line, problem.message) for problem in caught.value.problems]


def rendered(kind, body):
    source = ContentSource(subject="s", body_kind=kind, body=body)
    content = compile_content(source)
    return content, content.render(MergeContext(values=sample_values())).html


def mjml(inner, head=""):
    return (
        f"<mjml>{head}<mj-body><mj-section><mj-column>{inner}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )


NESTED = (
    "More than 300 elements are open inside each other here. Close those that are "
    "finished."
)
TOO_MUCH = "This produces too much text or needs too much work. Make it simpler."
TOO_LARGE = "The mail would be larger than 1 MB. Make it shorter."
NO_FIT = (
    "This Liquid cannot be read: a value does not fit what is done with it. "
    "Correct or remove it."
)
REFUSED = {
    "sections in sections": (
        "mjml",
        "<mjml><mj-body>\n" + "<mj-wrapper>" * 5000 + "</mj-wrapper>" * 5000,
        (2, NESTED),
    ),
    "divisions in MJML text": (
        "mjml",
        mjml("<mj-text>" + "<div>" * 20_000 + "x" + "</div>" * 20_000 + "</mj-text>"),
        (1, NESTED),
    ),
    "divisions": ("html", "<div>" * 40_000 + "x" + "</div>" * 40_000, (1, NESTED)),
    "divisions never closed": ("html", "<div>\n" * 60_000, (301, NESTED)),
    "tables in tables": ("html", "<table><tr><td>" * 12_000, (1, NESTED)),
    "formatting that is carried on": (
        "html",
        "".join(f"<p><b class={n}></p>" for n in range(20_000)),
        (1, NESTED),
    ),
    "holes never closed": (
        "html",
        "a\n" + "{{" * 200_000,
        (2, "A Liquid tag is never closed. Add }}."),
    ),
    "raw never closed": (
        "html",
        "{% raw %}" * 50_000,
        (1, "A Liquid tag is never closed. Add {% endraw %}."),
    ),
    "comments never closed": (
        "text",
        "{% comment %}" * 30_000,
        (1, "A Liquid tag is never closed. Add {% endcomment %}."),
    ),
    "a list of everything": (
        "text",
        '{% assign a = "x,x" %}{% for i in (1..14) %}'
        "{% assign a = a | append: a %}{% endfor %}{{ a | split: ',' | size }}",
        (None, TOO_MUCH),
    ),
    "a range as a list": ("text", "{{ (1..12000000) | reverse }}", (None, TOO_MUCH)),
    "a number without end": (
        "text",
        "{{ '1e999999' | money: 'EUR' }}",
        (
            1,
            "This Liquid cannot be read: a number is too large. Correct or remove it.",
        ),
    ),
    "infinity": ("text", "{{ '1e400000' | floor }}", (1, NO_FIT)),
    "many sections": (
        "mjml",
        "<mjml><mj-body>"
        + "<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>" * 2000
        + "</mj-body></mjml>",
        (None, TOO_LARGE),
    ),
    "many lines": ("text", "- a\n" * 110_000, (None, TOO_LARGE)),
    "entities": (
        "mjml",
        '<!doctype a [<!entity b SYSTEM "file:///etc/passwd">]>' + mjml("&b;"),
        (None, "Take out the DOCTYPE; MJML begins with <mjml>."),
    ),
    "mj-include": (
        "mjml",
        '<mjml><mj-body><mj-include path="/etc/passwd"/></mj-body></mjml>',
        (None, "A mail cannot take in other files (mj-include)."),
    ),
    "five megabytes": (
        "html",
        "x" * 5_000_000,
        (None, "This is too long: at most 512 KB are possible."),
    ),
    "probing": (
        "text",
        "{{ lead.__class__ }}",
        (
            1,
            "There is no merge field “lead.__class__”. Did you mean “lead.last_name”?",
        ),
    ),
}


@pytest.mark.parametrize("kind, body, expected", REFUSED.values(), ids=REFUSED)
def test_hostile_content_is_refused_with_its_place(kind, body, expected):
    assert expected in refusal(kind, body)


def test_probing_by_every_road_finds_nothing_of_the_server():
    for path in (
        'lead["__class__"]',
        "lead.first_name.__class__.__mro__",
        "lead.readers",
        "lead._record.pk",
        "owner.password",
        "settings.SECRET_KEY",
        "company.__dict__",
        "self",
        "forloop.__init__.__globals__",
    ):
        refused = refusal("text", "{{ " + path + " }}") if "forloop" not in path else []
        assert all("no merge field" in message for _line, message in refused), path


def test_a_range_is_searched_without_walking_through_it():
    body = (
        "{% assign all = (1..9000000000000000) %}"
        '{% if all contains 7 %}in{% endif %}{% if all contains "x" %}out{% endif %}'
    )

    _content, html = rendered("text", body)

    assert "in" in re.search(r'class="sheet"[^>]*>(.*?)</div>', html)[1]
    assert "out" not in re.search(r'class="sheet"[^>]*>(.*?)</div>', html)[1]


@pytest.mark.parametrize(
    "loop", ["limit: 2 offset: 9000000000000000000", "reversed limit: 2", ""]
)
def test_a_loop_neither_walks_to_its_offset_nor_lays_a_range_out(loop):
    body = "{% for i in (1..9000000000000000000) " + loop + " %}x{% endfor %}"

    assert refusal("text", body) == [
        (
            None,
            "This loop runs too often. A mail may have at most 10,000 turns in all.",
        )
    ]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("lead.product", "lead.product.name"),
        ("owner", "owner.name"),
        ("company", "company.name"),
        ("lead", "lead.city"),
    ],
)
def test_a_group_is_not_written_as_a_whole(path, meant):
    """Everybody got "<winback.content.merge.ProductFields object at 0x7f...>"."""
    refused = refusal("text", f"a\n{{{{ {path} | default: 'x' }}}}")

    message = f"“{path}” holds several values. Choose one of them, such as “{meant}”."
    assert refused == [(2, message)]
    rendered("text", f"{{% if {path} %}}a{{% endif %}}{{{{ {path} | size }}}}")


def test_a_group_in_a_variable_is_written_by_its_name():
    product = Product(name="Desk lamp")
    lead = MergeLead(contact_name="Olena", product=product)
    ours = OurSide(company={}, zone=ZoneInfo("UTC"))
    values = merge_values(
        lead, language="en", ours=ours, mailing_name="", unsubscribe_url="", view_url=""
    )
    body = "{% assign p = lead.product %}{% assign o = lead %}[{{ p }} {{ o }}]"
    content = compile_content(ContentSource(subject="s", body_kind="text", body=body))

    assert "[Desk lamp Olena]" in content.render(MergeContext(values=values)).text


@pytest.mark.parametrize(
    "words",
    ["zqlq&#48;qz", "zqlq&#57;qz", "zqlqzqlq0qz9qz", "zqlq<script>x</script>9qz"],
)
@pytest.mark.parametrize("kind", ["html", "mjml"])
def test_what_looks_like_one_of_our_marks_is_a_word_like_any_other(kind, words):
    inner = f"<p>{words}</p>{{{{ lead.first_name }}}}"
    body = mjml(f"<mj-text>{inner}</mj-text>") if kind == "mjml" else inner

    _content, html = rendered(kind, body)

    assert html.count("Olena") == 1
    assert "zqlq" in html


@pytest.mark.parametrize("kind", ["html", "mjml"])
def test_active_things_are_taken_out_and_told(kind):
    inside = (
        "<p onclick='x()'>Hi</p><script>alert(1)</script><iframe src='//x'></iframe>"
        '<form action="//x"><input type="text" name="p"></form>'
        '<a href="javascript:alert(1)">a</a><a href="data:text/html,x">b</a>'
        '<meta http-equiv="refresh" content="0;url=//x">'
        '<div style="width:expression(alert(1));color:red">c</div>'
    )
    body = mjml(f"<mj-text>{inside}</mj-text>") if kind == "mjml" else inside

    content, html = rendered(kind, body)

    for gone in ("<script", "onclick", "javascript:", "<iframe", "<form", "refresh"):
        assert gone not in html.lower()
    for gone in ("<input", "data:text", "expression"):
        assert gone not in html.lower()
    assert "color:red" in html.replace(": ", ":")
    assert content.removed == [
        "<script>: 1",
        "<iframe>: 1",
        "<form>: 1",
        "<input>: 1",
        "1 event handler",
        "addresses that run a script",
        "styles that run a script",
        "going on to another page by itself",
    ]


def test_mjml_that_is_raw_or_in_the_head_is_cleaned_too():
    head = (
        "<mj-head><mj-raw><script>alert(1)</script></mj-raw>"
        "<mj-style>@import url(http://x.test/a.css);p{behavior:url(x.htc)}</mj-style>"
        "</mj-head>"
    )
    body = mjml('<mj-raw><object data="x"></object></mj-raw><mj-text>x</mj-text>', head)

    html = rendered("mjml", body)[1]

    for gone in ("<script", "<object", "x.test", "behavior"):
        assert gone not in html


def test_menus_and_accordions_of_mjml_keep_their_switches():
    body = mjml(
        "<mj-accordion><mj-accordion-element><mj-accordion-title>Q</mj-accordion-title>"
        "<mj-accordion-text>A</mj-accordion-text></mj-accordion-element></mj-accordion>"
    )

    html = rendered("mjml", body)[1]

    assert re.search(r'<input[^>]* type="checkbox"', html)
    assert "<label" in html


@pytest.mark.parametrize(
    "css",
    [
        "a{background:url(javascript:alert(1))}",
        r"a{background:url(\6a avascript:alert(1))}",
        "a{width:exp/**/ression(alert(1))}",
        "a{width:expexpression(ression(alert(1))}",
        "@import 'https://x.test/a.css';",
        r"@\69mport 'https://x.test/a.css';",
        "a{b:url(file:///etc/passwd)}",
        "a{b:url(data:image/svg+xml,<svg onload=x>)}",
        "</style><script>alert(1)</script>",
    ],
)
def test_a_sheet_that_does_more_than_style_loses_it(css):
    kept = safe_sheet(css).lower()

    for gone in ("javascript", "expression", "import", "file:", "svg+xml", "<"):
        assert gone not in kept
    for gone in (r"\6a", r"\69", "exp/**/"):
        assert gone not in kept


def test_declarations_beside_a_bad_one_stay():
    assert safe_style("color:red;width:expression(1);margin:0") == "color:red;margin:0"
    assert safe_style("background:url('https://a.test/b.png');x:y") == (
        "background:url('https://a.test/b.png');x:y"
    )


def test_depth_counts_what_is_open_and_not_what_follows():
    assert line_too_deep("<div>" * MAX_DEPTH + "</div>" * MAX_DEPTH) is None
    assert line_too_deep("<div></div>" * 5000) is None
    assert line_too_deep("<ul>" + "<li>x" * 5000 + "</ul>") is None
    assert line_too_deep("<table>" + "<tr><td>x" * 5000) is None
    assert line_too_deep("<p>a<br>\n" * 5000 + "</p>") is None
    assert line_too_deep("<span><i></span>" * 301) == 1


def test_liquid_that_closes_is_not_complained_of():
    assert line_never_closed("{% raw %}{{ x {% endraw %}{{ y }}") is None
    assert line_never_closed("{% comment %}{{ {% endcomment %}{% if a %}") is None
    assert line_never_closed("a } {%- raw -%} b {%- endraw -%}") is None
    assert line_never_closed("a\nb {{ c") == (2, "}}")


PIECES = st.lists(
    st.sampled_from(
        [
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "--!>",
            "<!-->",
            "<![if !mso]>",
            "<![endif]>",
            "<!--[if mso]>",
            "<![endif]-->",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)>",
            "<style>",
            "</style>",
            "<title>",
            "</title>",
            "<head>",
            "</head>",
            "<body onload=alert(1)>",
            "<noscript>",
            "</noscript>",
            "<textarea>",
            "<a href='javascript:alert(1)'>",
            "<table>",
            "<td>",
            "<math>",
            "<xmp>",
            '<p title="',
            '">',
            "<!--[if mso]>--!><script>alert(1)</script>",
            "{% if lead.city %}",
            "x",
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_nothing_that_runs_survives_whatever_it_is_mixed_with(source):
    # As a browser reads it: comments end at -->, --!> and at once after <!-- >.
    html = clean_html(source).html
    seen = re.sub(r"<!--(?:-?>|.*?(?:--!?>|$))", "", html, flags=re.DOTALL)
    seen = re.sub(r"<(style|title)\b.*?</\1>", "", seen, flags=re.DOTALL)

    for tag in re.findall(r"<[a-zA-Z][^<>]*", seen):
        assert not re.match(r"<(script|svg|math|textarea|iframe|xmp)\b", tag), html
        bare = re.sub(r'"[^"]*"', '""', tag)
        assert not re.search(r"\son\w+\s*=", bare), html
        addresses = re.findall(r'\s(?:href|src)="([^"]*)"', tag)
        assert not any(one.startswith("javascript:") for one in addresses), html
