from __future__ import annotations

import pytest

from winback.content.incoming import IncomingRefusedError, read_upload, take_in
from winback.content.premade import premade_templates

HARMLESS = """<mjml lang="en">
  <mj-head>
    <mj-style>.a > b { color: red }</mj-style>
    <mj-raw><meta name="color-scheme" content="light dark" /></mj-raw>
  </mj-head>
  <mj-body>
    <mj-section data-own="1"><mj-column><mj-text>5 &lt; 6 on Monday</mj-text>
      <mj-unknown x='"'/></mj-column></mj-section>
  </mj-body>
</mjml>"""


def with_words(words):
    return (
        "<mjml><mj-body><mj-section><mj-column><mj-text>"
        f"{words}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )


def test_mjml_without_anything_active_stays_letter_by_letter():
    taken = take_in(HARMLESS)

    assert (taken.body_kind, taken.body, taken.removed) == ("mjml", HARMLESS, [])


def test_attributes_that_the_compiler_cannot_add_stay_and_are_told():
    asked = (
        '<mj-html-attributes><mj-selector path=".a"><mj-html-attribute name="id">b'
        "</mj-html-attribute></mj-selector></mj-html-attributes>"
    )
    source = HARMLESS.replace("</mj-head>", f"{asked}</mj-head>")

    taken = take_in(source)

    assert taken.body == source
    assert taken.removed == [
        "<mj-html-attributes> stays in the source but adds nothing to the mail"
    ]


def test_premade_templates_stay_letter_by_letter():
    for premade in premade_templates():
        for content in premade.contents:
            assert take_in(content.body).body == content.body.strip()


@pytest.mark.parametrize(
    ("words", "left", "removed"),
    [
        ("a<script>x()</script>b", "ab", ["<script>: 1"]),
        ("a<SCRIPT src='x'/>b", "ab", ["<script>: 1"]),
        ("a<script>x()", "ax()", ["<script>: 1"]),
        ("a<iframe src='x'></iframe>b", "ab", ["<iframe>: 1"]),
        ("<b onclick='x()'>a</b>", "<b>a</b>", ["1 event handler"]),
        ("<b title='>' onclick=x>a</b>", "<b title='>'>a</b>", ["1 event handler"]),
        (
            '<a href="javascript:x()">a</a>',
            '<a href="#">a</a>',
            ["addresses that run a script"],
        ),
        ("<mj-include path='/etc/passwd' />a", "a", ["<mj-include>: 1"]),
        ("<meta http-equiv='refresh' content='0'>a", "a", ["<meta>: 1"]),
        ("<form><input name='x'>a</form>b", "b", ["<form>: 1"]),
        ("<scr<script></script>ipt>x()</script>a", "x()a", ["<script>: 2"]),
    ],
)
def test_what_runs_is_taken_out_of_mjml_and_told(words, left, removed):
    taken = take_in(with_words(words))

    assert (taken.body, taken.removed) == (with_words(left), removed)


def test_html_is_cleaned_and_keeps_its_liquid():
    taken = take_in('<p onclick="x()">Hi {{ lead.first_name }}</p><script>1</script>')

    assert taken.body_kind == "html"
    assert "Hi {{ lead.first_name }}" in taken.body
    assert "onclick" not in taken.body
    assert taken.removed == ["<script>: 1", "1 event handler"]


def test_mail_from_a_file_with_a_prologue_begins_with_mjml():
    data = b"\xef\xbb\xbf<?xml version='1.0'?>\r\n" + HARMLESS.encode()

    assert take_in(read_upload(data)).body == HARMLESS


@pytest.mark.parametrize("source", ["", "  ", "only words", "<mjml>" + "x" * 600_000])
def test_what_is_no_mail_is_refused(source):
    with pytest.raises(IncomingRefusedError):
        take_in(source)


def test_file_in_another_encoding_is_refused():
    with pytest.raises(IncomingRefusedError):
        read_upload("<p>Привіт</p>".encode("cp1251"))


def test_script_hidden_many_times_is_refused():
    hidden = "<script>x</script>"
    for _depth in range(9):
        hidden = hidden.replace("<script>", "<scr<script></script>ipt>", 1)

    with pytest.raises(IncomingRefusedError):
        take_in(with_words(hidden))


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("windows-1251", "Привіт"),
        ("windows-1252", "naïve “café”"),
        ("windows-1256", "سلام"),
        ("koi8-u", "Привіт"),
        ("utf-16", "سلام, привіт"),
        ("utf-8", "سلام, привіт"),
    ],
)
def test_a_file_is_read_in_the_encoding_that_it_tells(encoding, words):
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'

    assert read_upload(f"{page}<p>{words}</p>".encode(encoding)) == (
        f"{page}<p>{words}</p>"
    )


@pytest.mark.parametrize("told", ["", "utf-8", "rot13", "unicode_escape"])
def test_a_file_in_no_encoding_that_it_tells_is_refused(told):
    with pytest.raises(IncomingRefusedError):
        read_upload(f"<meta charset={told}><p>Привіт".encode("windows-1251"))
