"""Merge fields of other tools: known ones become ours, no other goes unnoticed."""

from __future__ import annotations

import pytest

from winback.content.foreign_fields import (
    exchange_fields,
    field_meant,
    foreign_fields,
)
from winback.content.incoming import take_in

FIRST = "{{ lead.first_name }}"
NAME = "{{ lead.contact_name }}"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("*|FNAME|*", FIRST),
        ("*|LIST:ADDRESS|*", "{{ company.postal_address }}"),
        ("%%first_name%%", FIRST),
        ("%%First Name%%", FIRST),
        ("{$name}", NAME),
        ("{!Contact.FirstName}", FIRST),
        ("[[name]]", NAME),
        ('[[data:firstname:"there"]]', '{{ lead.first_name | default: "there" }}'),
        ("${name}", NAME),
        ("<%= name %>", NAME),
        ("@@fname@@", FIRST),
        ("{firstname}", FIRST),
        ("{contactfield=firstname}", FIRST),
        ("%FIRSTNAME%", FIRST),
        ("%recipient.name%", NAME),
        ("*|Ім'я|*", FIRST),
    ],
)
def test_fields_of_other_tools_become_ours(theirs, ours):
    source = f"<p>Dear\n{theirs}!</p>"

    [found] = foreign_fields(source)
    changed, exchanged = exchange_fields(source)

    assert (found.theirs, found.ours, found.line) == (theirs, ours, 2)
    assert (changed, exchanged) == (f"<p>Dear\n{ours}!</p>", [found])
    assert foreign_fields(changed) == []


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("{{contact.first_name}}", FIRST),
        ("{{{first_name}}}", FIRST),
        ("{{ FirstName }}", FIRST),
        ("{{ نام }}", FIRST),
        (
            "{{ first_name|default:'you' }}",
            "{{ lead.first_name |default:'you' }}",
        ),
        ('{{var:name:"you"}}', '{{ lead.contact_name | default: "you" }}'),
    ],
)
def test_outputs_with_names_of_other_tools_become_ours(theirs, ours):
    assert exchange_fields(f"a {theirs} b")[0] == f"a {ours} b"


@pytest.mark.parametrize(
    "theirs", ["*|IF:VIP|*", "[[Order]]", "%%=v(@x)=%%", "{$order}"]
)
def test_fields_that_nobody_knows_are_found_and_stay(theirs):
    assert [(one.theirs, one.ours) for one in foreign_fields(theirs)] == [(theirs, "")]
    assert exchange_fields(theirs) == (theirs, [])


@pytest.mark.parametrize(
    "source",
    [
        "100% sure, 20%off% of ${5}, {x}, #{5}, [1] [ok] [Name](link) a[Name]",
        '<style>a{name}</style><td style="width:%name%"><!-- *|FNAME|* -->',
        "<mj-style>.a{email}</mj-style>",
        "{% raw %}*|FNAME|* {{ first_name }}{% endraw %} {{ lead.city }}",
        "[[brand_accent]]",
        "https://a.test/?a=%20b%20&c=50%&d=60%",
    ],
)
def test_what_is_no_field_is_left_alone(source):
    assert foreign_fields(source) == []
    assert exchange_fields(source) == (source, [])


def test_addresses_are_exchanged_where_an_address_stands_only():
    source = "<a href=\"*|UNSUB|*\">Stop</a> *|UNSUB|* <a href='{{ mirror }}'>See</a>"

    changed, _exchanged = exchange_fields(source)

    assert changed == (
        '<a href="{{ unsubscribe_url }}">Stop</a> *|UNSUB|* '
        "<a href='{{ view_url }}'>See</a>"
    )
    assert [one.theirs for one in foreign_fields(changed)] == ["*|UNSUB|*"]


def test_a_company_may_be_theirs_or_ours_and_is_asked_for():
    assert field_meant("CompanyName") == ""
    assert field_meant("sender.name") == ""
    assert field_meant("contact.city") == "lead.city"


@pytest.mark.parametrize("piece", ["<style ", "{% raw %}", "<!--", "{{a", "*|a", "%%!"])
def test_what_is_never_closed_is_read_through_once(piece):
    assert foreign_fields(piece * 20_000 + "<p>") == []


def test_a_mail_that_is_brought_has_our_fields():
    html = take_in('<p>Hi *|FNAME|*</p><a href="*|ARCHIVE|*">x</a><script>1</script>')
    mjml = take_in("<mjml><mj-body><!-- x --> [[FirstName]] </mj-body></mjml>")

    assert f"<p>Hi {FIRST}</p>" in html.body
    assert 'href="{{ view_url }}"' in html.body
    assert [one.theirs for one in html.exchanged] == ["*|FNAME|*", "*|ARCHIVE|*"]
    assert html.removed == ["<script>: 1"]
    assert mjml.body == f"<mjml><mj-body><!-- x --> {FIRST} </mj-body></mjml>"
