"""Mails of other tools, brought, edited, saved and delivered in a real browser.

Those here are our own, each with what some tool writes. ``WINBACK_TEST_NEWSLETTERS``
names a folder of real ones (``.html``, ``.mjml``) that go the same way.
"""

from __future__ import annotations

import os
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

pytestmark = pytest.mark.e2e

NEWSLETTER = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml">
<head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>Лампи</title><base href="https://elsewhere.test/">
<!--[if !mso]><!--><meta http-equiv="X-UA-Compatible" content="IE=edge"><!--<![endif]-->
<style>/*@editable*/ .btn:hover{color:#ffeeaa !important}
@media only screen and (max-width:480px){.stack{display:block !important}}
[data-ogsc] .dark{color:#ffffff !important}</style></head>
<body onload="x()" bgcolor="#fafafa">
<div style="display:none">Те, що видно в списку</div>
<table width="600" align="center"><tr><td class="stack dark" mc:edit="body">
<!--[if gte mso 9]><v:rect fill="true"><v:fill src="https://a.test/b.jpg"/>\
<v:textbox><![endif]-->
<p>Вітаємо, *|FNAME|*!</p><a class="btn" href="https://a.test/lamps?a=1&amp;b=2">Лампи</a>
<!--[if gte mso 9]></v:textbox></v:rect><![endif]-->
<form action="https://a.test/"><input name="q"></form>
</td></tr></table></body></html>"""
PERSIAN = """<mjml lang="fa" dir="rtl"><mj-body><mj-section><mj-column><mj-text
  font-size="16px" font-size="18px" align="right"
  >سلام دوستان</mj-text><mj-image
  alt="می\u200cخواهم" src="https://a.test/a.png" href="https://a.test/lamps" />
</mj-column></mj-section></mj-body></mjml>"""
KEPT = {
    "table.html": [
        ".btn:hover{",
        "@media only screen and (max-width:480px)",
        "[data-ogsc] .dark{",
        "Те, що видно в списку",
        '<v:fill src="https://a.test/b.jpg"/>',
        'bgcolor="#fafafa"',
        "https://a.test/changed?a=1&amp;b=2",
        "Unsubscribe",
    ],
    "persian.mjml": ['alt="می\u200cخواهم"', "font-size:16px", "https://a.test/changed"],
}
OWN = {
    "table.html": NEWSLETTER.encode("windows-1251"),
    "persian.mjml": PERSIAN.encode(),
}
FOLDER = os.environ.get("WINBACK_TEST_NEWSLETTERS", "")
REAL = (
    {
        path.name: path.read_bytes()
        for path in sorted(Path(FOLDER).iterdir())
        if path.suffix in {".html", ".mjml"}
    }
    if FOLDER
    else {}
)
_WORDS = re.compile(r">\s*([^<>{}]*\w{3,}[^<>{}]*)<")
_ADDRESS = re.compile(
    r"(<(?:a|mj-image)\b[^<>]*?\shref=\"https?://[^\"/{}]+/)([^\"?{}]*)"
)


@pytest.mark.parametrize("name", [*OWN, *REAL])
def test_a_mail_of_another_tool_goes_its_whole_way(demo_page, name):
    page = demo_page
    page.goto("/mailings/bring/")
    data = (OWN | REAL)[name]
    upload = {"name": name, "mimeType": "text/html", "buffer": data}
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Start with it").click()
    body = page.locator("#id_body")
    body.wait_for(state="attached")
    if name == "table.html":
        expect(page.get_by_text(re.compile("<base>: 1.*<form>: 1"))).to_be_visible()
        told = page.get_by_text("*|FNAME|* → {{ lead.first_name }}")
        expect(told).to_be_visible()
    before = body.input_value()
    after = _edited(before)

    _write(page, after)
    page.reload()

    assert page.locator("#id_body").input_value() == after != before
    delivered = _delivered(page, f"test-{abs(hash(name))}@winback.test")
    for kept in KEPT.get(name, []):
        assert kept in delivered
    assert "CHANGED" in delivered
    assert "<script" not in delivered
    ends = re.findall(r"<!--\[if|<!\[endif\]", delivered)
    assert ends.count("<!--[if") == ends.count("<![endif]")


def _edited(source: str) -> str:
    """``source`` with one text and one address changed, as a person would."""
    head, opens, rest = source.partition(
        "<mj-body" if "<mj-body" in source else "<body"
    )
    last = [*_WORDS.finditer(rest)][-1]
    rest = rest[: last.start(1)] + "CHANGED" + rest[last.end(1) :]
    return head + opens + _ADDRESS.sub(r"\1changed", rest, 1)


def _write(page: Page, text: str) -> None:
    """Fill the field that holds the body; the blocks' editor shows it as code."""
    code = page.get_by_role("button", name="Code", exact=True)
    if code.count():
        code.click()
    page.get_by_label("Subject", exact=True).fill("A mail of another tool")
    page.get_by_label("From address").fill("sales@loomlumen.example")
    with page.expect_response(_is_saving):
        page.locator("#id_body").fill(text)
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"))


def _is_saving(response: Response) -> bool:
    return "CHANGED" in (response.request.post_data or "") and response.ok


def _delivered(page: Page, address: str) -> str:
    """The HTML of a test that came to the demo's mailbox."""
    page.get_by_role("button", name="Test", exact=True).click()
    dialog = page.locator("#test-dialog")
    dialog.get_by_role("textbox").first.fill(address)
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("Sent")
    page.goto(f"/mailbox/?q={address}")
    row = page.locator("tbody tr", has_text=address).first.locator("a").first
    source = page.request.get(f"{row.get_attribute('href')}source/").body()
    part = message_from_bytes(source, policy=default).get_body(("html",))
    return part.get_content()
