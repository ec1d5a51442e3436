"""What a newcomer meets first."""

from __future__ import annotations

import smtplib
import urllib.request
from email.message import EmailMessage

import pytest
from tests.e2e.conftest import log_in_by_form

pytestmark = pytest.mark.e2e


def deliver(installation, subject: str, html: str) -> None:
    message = EmailMessage()
    message["From"] = "Loom & Lumen <sales@loomlumen.example>"
    message["To"] = "dana@customer.example"
    message["Subject"] = subject
    message.set_content("The lamp is back.")
    message.add_alternative(html, subtype="html")
    port = installation.ports["WINBACK_MAILBOX_PORT"]
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(message)


def test_login_leads_to_the_menu(page, installation, axe):
    log_in_by_form(page, installation.login, installation.password)

    assert axe(page) == []


def test_mailbox_shows_a_mail_as_delivered_and_without_its_scripts(
    demo_page, installation, axe
):
    html = "<h1>The lamp is back</h1><script>document.body.innerHTML = 'x'</script>"
    deliver(installation, "Back in stock", html)

    demo_page.goto("/mailbox/")
    assert axe(demo_page) == []
    demo_page.get_by_role("link", name="Back in stock").click()

    frame = demo_page.frame_locator("#mail-frame")
    assert frame.get_by_role("heading").inner_text() == "The lamp is back"
    assert axe(demo_page) == []


def test_mailbox_links_open_in_a_tab_of_their_own(demo_page, installation):
    link = f'<a href="{installation.url}/healthz">Look</a>'
    deliver(installation, "A link", link)
    demo_page.goto("/mailbox/")
    demo_page.get_by_role("link", name="A link").click()

    with demo_page.expect_popup() as opened:
        demo_page.frame_locator("#mail-frame").get_by_role("link").click()

    assert opened.value.url == f"{installation.url}/healthz"


def test_healthz_answers_without_login(installation):
    with urllib.request.urlopen(f"{installation.url}/healthz") as response:
        assert response.read() == b'{"status": "ok"}'
