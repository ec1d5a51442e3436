"""Mails made elsewhere: they load, stay as they are, and are made safe."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.content.foreign import said, styles_of
from winback.content.foreign_fields import foreign_fields
from winback.content.incoming import read_upload, take_in
from winback.content.pasted import clean_html
from winback.content.premade import premade_templates
from winback.content.rendering import ContentSource, MergeContext, compile_content

NEWSLETTER = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml">
<head>
<title>Autumn &amp; winter</title>
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<meta name="x-apple-disable-message-reformatting">
<meta http-equiv="refresh" content="9;url=https://x.test/">
<link href="https://fonts.googleapis.com/css?family=Lato:400,700" rel="stylesheet">
<link href="https://x.test/all.css" rel="stylesheet">
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings>
<o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript>
<style>.only-outlook{font-family:Arial !important}</style>
<script>x()</script><![endif]-->
<style type="text/css">
@import url("https://fonts.googleapis.com/css?family=Lato");
@font-face{font-family:Own;src:url(https://a.test/own.woff2) format("woff2")}
.head{color:#102030}
@media only screen and (max-width:480px){.stack{display:block !important}}
</style>
<style media="screen and (min-width:600px)">.wide{padding:9px}</style>
</head>
<body bgcolor="#fafafa" style="margin:0" class="mail" onload="x()">
<center><table width="600" cellpadding="0" cellspacing="0" border="0" align="center">
<tr><td class="stack head" background="https://a.test/b.jpg" valign="top">
<!--[if gte mso 9]><v:rect xmlns:v="urn:schemas-microsoft-com:vml" fill="true"
 style="width:600px;height:200px;" onclick="x()"><v:fill src="https://a.test/b.jpg"/>
<v:textbox inset="0,0,0,0"><![endif]-->
<h1>Привіт &mdash; سلام</h1>
<!--[if gte mso 9]></v:textbox></v:rect><![endif]-->
</td></tr>
<tr><td><![if !mso]><p>Not in Outlook</p><![endif]>
<!--[if !mso]><!--><p>Nor this</p><!--<![endif]-->
<!-- a remark -->
<!--[if mso]><table><tr><td width="300"><![endif]-->
<a href="https://a.test/?a=1&amp;b=2" style="color:#fff;mso-padding-alt:0">Shop</a>
<!--[if mso]></td></tr></table><![endif]-->
<img src="https://a.test/1.png" srcset="https://a.test/2.png 2x" alt="A lamp">
</td></tr></table></center>
</body></html>"""


def mail_of(kind, body, **options):
    source = ContentSource(
        subject="s", body_kind=kind, body=body, needs_unsubscribe=False, **options
    )
    return compile_content(source).render(MergeContext(values={})).html


def test_a_newsletter_of_another_tool_says_the_same_afterwards():
    html = mail_of("html", NEWSLETTER)

    assert said(html) == said(NEWSLETTER)


def test_a_newsletter_keeps_what_mail_programs_need():
    html = mail_of("html", NEWSLETTER)

    assert "<title>Autumn &amp; winter</title>" in html
    assert 'name="viewport" content="width=device-width, initial-scale=1.0"' in html
    assert 'xmlns:v="urn:schemas-microsoft-com:vml"' in html
    assert 'href="https://fonts.googleapis.com/css?family=Lato:400,700"' in html
    assert 'bgcolor="#fafafa"' in html
    assert 'background="https://a.test/b.jpg"' in html
    assert 'srcset="https://a.test/2.png 2x"' in html
    assert "mso-padding-alt" in html
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html
    assert '<v:fill src="https://a.test/b.jpg"/>' in html
    assert '<!--[if mso]><table><tr><td width="300"><![endif]-->' in html
    assert "<!--[if !mso]><!--><p>Nor this</p><!--<![endif]-->" in html
    assert "<!--[if !mso]><!--><p>Not in Outlook</p><!--<![endif]-->" in html
    sheets = "".join(styles_of(html))
    assert "@media" in sheets
    assert "max-width:480px" in sheets
    assert "@font-face" in sheets
    assert ".wide" in sheets
    assert "color: #102030" in html or "color:#102030" in html


HOOKS = """.a:hover{color:red}a:link, p{margin:0}a::before{content:"x"}
#outlook a{padding:0}.ExternalClass{width:100%}u + .mail .b{top:1px}
[data-ogsc] .c{color:#fff}a[x-apple-data-detectors]{color:inherit}.d{color:green}
@media print{.e:hover{color:red}}/* .f:hover{color:red} */"""


AMP = """<html amp4email><head><script async src="https://a.test/v0.js"></script>
<style amp4email-boilerplate>body{visibility:hidden}</style>
<style amp-custom>p{color:green}</style></head>
<body><amp-img src="https://a.test/a.png"></amp-img><p>x</p></body></html>"""


def test_an_amp_mail_can_be_seen_without_its_script():
    html = mail_of("html", AMP)

    assert "hidden" not in html
    assert '<p style="color: green;">x</p>' in html
    assert clean_html(AMP).removed == ["<script>: 1", "<amp-img>: 1"]


@pytest.mark.parametrize(
    "source",
    [
        "<p style='width:expression(alert(1))'>x</p>",
        "<style>p{w:e\\78 pression(alert(1))}</style><p>x</p>",
        "<style>p:hover{behavior:url(x.htc)}</style><p>x</p>",
        "<style>.ExternalClass{-moz-binding:url(x)}</style><p>x</p>",
    ],
)
def test_styles_that_run_something_go_and_are_told(source):
    cleaned = clean_html(source)

    assert cleaned.removed == ["styles that run a script"]
    assert not re.search("pression|behavior|binding", mail_of("html", source))
    assert clean_html("<p>Our behavior: good</p>").removed == []


def test_rules_that_are_so_at_times_or_for_one_program_stay_in_a_sheet():
    html = mail_of("html", f"<style>{HOOKS}</style><a class='a d' href='#x'>x</a>")

    [_at_rules, kept] = styles_of(html)
    assert kept == (
        '.a:hover{color:red}a::before{content:"x"}'
        ".ExternalClass{width:100%}u+.mail.b{top:1px}"
        "[data-ogsc].c{color:#fff}a[x-apple-data-detectors]{color:inherit}"
    )
    assert 'style="color: green;margin: 0;"' in html


def test_pictures_in_a_row_answer_to_their_switches():
    image = '<mj-carousel-image src="https://a.test/{}.png"/>'
    row = f"<mj-carousel>{image.format(1)}{image.format(2)}</mj-carousel>"
    body = (
        f"<mjml><mj-body><mj-section><mj-column>{row}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )

    assert ":checked" in "".join(styles_of(mail_of("mjml", body)))


CONDITION = re.compile(r"<!--\[if|<!\[endif\]")
FONT = "<link href='https://fonts.googleapis.com/css?family=Lato' rel='stylesheet'>"
HEADS = {
    "around what all others read": f"<!--[if !mso]><!-->{FONT}<!--<![endif]-->",
    "one after the other": (
        "<!--[if mso]><style>.a{top:0}</style><![endif]-->"
        "<!--[if !mso]><!--><meta name='x'><!--<![endif]-->"
    ),
    "none": FONT,
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_condition_for_outlook_is_closed(head):
    """Outlook shows nothing at all of a mail that opens one and never closes it."""
    html = mail_of("html", f"<head>{head}</head><p>x</p>")

    ends = CONDITION.findall(html)
    assert ends == ["<!--[if", "<![endif]"] * (len(ends) // 2)
    assert "<!--[if !mso]><!--><link" in html or "fonts" not in head


def test_every_condition_for_outlook_is_closed_in_our_own_templates():
    for premade in premade_templates():
        ends = CONDITION.findall(mail_of("mjml", premade.contents[0].body))

        assert len(ends) > 2
        assert ends == ["<!--[if", "<![endif]"] * (len(ends) // 2)


def test_a_newsletter_loses_what_runs_or_goes_elsewhere():
    content = compile_content(
        ContentSource(subject="s", body_kind="html", body=NEWSLETTER)
    )
    html = content.html.render(content.begin(MergeContext(values={})))

    for gone in ("x()", "<script", "x.test", "refresh", "a remark", "onload"):
        assert gone not in html
    assert content.removed == [
        "<script>: 1",
        "2 event handlers",
        "going on to another page by itself",
        "style sheets of other servers",
    ]


def test_styles_for_outlook_alone_style_nobody_else():
    html = mail_of("html", NEWSLETTER.replace("stack head", "only-outlook"))

    assert 'class="only-outlook" style' not in html
    assert ".only-outlook{font-family:Arial !important}" in html


def test_saving_what_was_cleaned_changes_nothing_more():
    once = clean_html(NEWSLETTER).html

    assert clean_html(once).html == once


def test_links_drawn_for_outlook_are_tracked_like_the_others():
    body = (
        '<!--[if mso]><v:roundrect href="https://a.test/x"><center>Buy</center>'
        '</v:roundrect><![endif]--><a href="https://a.test/x">Buy</a>'
    )
    content = compile_content(ContentSource(subject="s", body_kind="html", body=body))

    out = content.render(
        MergeContext(values={}, rewrite_link=lambda n, _url: f"https://t.test/{n}")
    )

    assert [(link.label, link.is_tracked) for link in content.links[:2]] == [
        ("Buy", True),
        ("Buy", True),
    ]
    assert "https://a.test/x" not in out.html


def test_conditions_between_sections_of_a_wrapper_keep_the_layout():
    section = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"
    body = (
        "<mjml><mj-body><mj-wrapper>"
        + "{% if lead.city %}"
        + section.format("In {{ lead.city }}")
        + "{% endif %}<mj-raw><b>Between</b></mj-raw>"
        + section.format("Below")
        + "</mj-wrapper></mj-body></mjml>"
    )
    content = compile_content(ContentSource(subject="s", body_kind="mjml", body=body))

    def words(**lead):
        context = MergeContext(values={"lead": lead})
        return said(content.render(context).html).words[:4]

    assert words(city="Kyiv") == ["In", "Kyiv", "Between", "Below"]
    assert words()[:2] == ["Between", "Below"]


# Each standard element once, as other tools write them.
ELEMENTS = {
    "remarks in the head": (
        "<mj-head><mj-attributes><!-- all --><mj-all padding='0'/></mj-attributes>"
        "</mj-head>",
        "<mj-text>x</mj-text>",
        ["x"],
    ),
    "html attributes": (
        "<mj-head><mj-html-attributes><mj-selector path='.a div'>"
        "<mj-html-attribute name='data-id'>4</mj-html-attribute></mj-selector>"
        "</mj-html-attributes></mj-head>",
        "<mj-text css-class='a'>x</mj-text>",
        ["x"],
    ),
    "paragraphs never closed": ("", "<mj-text><p>a<p>b<br>c</mj-text>", list("abc")),
    "upper case": ("", "<mj-text><P>a<BR>b</P></mj-text>", list("ab")),
    "attributes without quotes": (
        "",
        "<mj-text><a href=https://a.test target=_blank>a</a></mj-text>",
        ["a"],
    ),
    "rows without quotes": (
        "",
        "<mj-table><tr><td width=40>a<td>b</tr></mj-table>",
        list("ab"),
    ),
    "for all but Outlook": (
        "",
        "<mj-text>a<!--[if !mso]><!-->b<!--<![endif]--></mj-text>",
        ["a", "b"],
    ),
    "an attribute twice, remarks in its style sheet": (
        "<mj-head><mj-style inline='inline'>/* <p> <h1...5> */ p > b{color:red};"
        "i{color:blue}</mj-style></mj-head>",
        "<mj-text css-class='a' color='red' css-class='b'>x <b style='color'>y</b>"
        "</mj-text>",
        ["x", "y"],
    ),
    "words between elements": ("", "a<mj-text>x</mj-text>b", ["x"]),
    "what stands before the page": (
        "<mj-raw position='file-start'>first</mj-raw>",
        "<mj-text>x</mj-text>",
        ["first", "x"],
    ),
    "entities": (
        "",
        "<mj-text>A &amp; B AT&T &eacute;&nbsp;&copy; &#x20AC;5</mj-text>",
        ["A", "&", "B", "AT&T", "é", "©", "€5"],
    ),
}


@pytest.mark.parametrize("head, inner, words", ELEMENTS.values(), ids=ELEMENTS)
def test_mjml_of_other_tools_is_read_as_they_read_it(head, inner, words):
    body = (
        f'<?xml version="1.0"?>\n<mjml>{head}<mj-body><mj-section><mj-column>{inner}'
        "</mj-column></mj-section></mj-body></mjml>"
    )

    assert said(mail_of("mjml", body)).words == words


ATTRIBUTES = {
    "alt='می\u200cخواهم'": 'alt="می\u200cخواهم"',
    "alt='A \"lamp\"'": 'alt="A &quot;lamp&quot;"',
    'alt="C:\\new"': 'alt="C:\\new"',
    'alt="two\n   lines"': 'alt="two lines"',
    'alt="first" alt="second"': 'alt="first"',
}


@pytest.mark.parametrize("written, kept", ATTRIBUTES.items())
@pytest.mark.parametrize("image", ["<mj-image {}/>", "<mj-text><img {}/></mj-text>"])
def test_attributes_of_mjml_come_out_as_they_are_written(image, written, kept):
    inner = image.format(f'src="https://a.test/a.png" {written}')
    body = (
        f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )

    assert kept in mail_of("mjml", body)


def test_style_attributes_over_several_lines_stay_whole():
    body = (
        '<mjml><mj-body><mj-section><mj-column><mj-text><b style="\n  color: red;\n'
        '  margin: 0;\n">x</b></mj-text></mj-column></mj-section></mj-body></mjml>'
    )

    assert '<b style=" color: red; margin: 0; ">' in mail_of("mjml", body)


STYLES = {
    "{x}": "",
    "color": "",
    "a;color:red": "color: red",
    "font-family:'S;T';=x": "font-family: 'S;T'",
    "background:url(data:image/png;base64,AA==);x": (
        "background: url(data:image/png;base64,AA==)"
    ),
}


@pytest.mark.parametrize("written, kept", STYLES.items())
def test_styles_that_are_none_are_passed_over(written, kept):
    html = mail_of("html", f'<style>p{{margin:0}}</style><p style="{written}">x</p>')

    styles = ";".join(filter(None, ["margin: 0", kept]))
    assert f'<p style="{styles}">' in html.replace("&#39;", "'")


def test_a_social_element_without_words_has_one_link():
    body = (
        "<mjml><mj-body><mj-section><mj-column><mj-social>"
        '<mj-social-element name="web" href="https://a.test/"> </mj-social-element>'
        "</mj-social></mj-column></mj-section></mj-body></mjml>"
    )

    assert len(said(mail_of("mjml", body)).links) == 1


FOLDER = os.environ.get("WINBACK_TEST_MJML", "")


def brought(data):
    """What becomes of an uploaded file; its merge fields stay as they are."""
    source = read_upload(data)
    theirs = {
        *re.findall("{{.*?}}", source),
        *(f.theirs for f in foreign_fields(source)),
    }
    for one in theirs:
        source = source.replace(one, f"{{% raw %}}{one}{{% endraw %}}")
    taken = take_in(source)
    return mail_of(taken.body_kind, taken.body)


def _seen(one):
    """Addresses that lead nowhere are of many kinds, and all the same."""
    return one.words, [link for link in one.links if link != "#"], one.pictures


if FOLDER:

    def test_a_folder_of_templates_says_what_mjml_itself_makes_of_it():
        """Each .mjml of the folder beside the .html that npm's mjml made of it."""
        pairs = [
            (template, template.with_suffix(".html").read_text("utf-8"))
            for template in sorted(Path(FOLDER).glob("*.mjml"))
        ]

        differing = [
            template.name
            for template, theirs in pairs
            if _seen(said(brought(template.read_bytes()))) != _seen(said(theirs))
        ]

        assert pairs
        assert differing == []
