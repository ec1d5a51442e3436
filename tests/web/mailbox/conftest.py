from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from winback.accounts.models import User
from winback.web.mailbox.server import mailbox_store
from winback.web.mailbox.store import Delivery, MailStore, StoredMail

RECEIVED_AT = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
RAW = (
    b"From: Loom & Lumen <sales@example.com>\r\n"
    b"To: dana@example.org\r\n"
    b"Reply-To: r-abc@reply.localhost\r\n"
    b"Subject: Back in stock\r\n"
    b"Message-ID: <m-1@reply.localhost>\r\n"
    b"Date: Sun, 03 May 2026 09:29:00 +0000\r\n"
    b"List-Unsubscribe: <http://127.0.0.1:9100/u/tok/>, <mailto:u@reply.localhost>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n'
    b"\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Dana\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b'<p>Hello <a href="http://127.0.0.1:9100/t/c/x">Dana</a></p>\r\n'
    b"--b--\r\n"
)


@pytest.fixture
def demo_mode(settings, tmp_path, free_port):
    """Demo mode with a home of its own; nothing listens for what is sent back."""
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG,
        demo=True,
        home=tmp_path,
        public_url="http://127.0.0.1:9100",
        inbound_bind="127.0.0.1",
        inbound_port=free_port,
    )
    return settings.CONFIG


@pytest.fixture
def store(demo_mode) -> MailStore:
    return mailbox_store()


@pytest.fixture
def stored_mail(store: MailStore) -> StoredMail:
    store.add([delivery()])
    found = store.get(1)
    assert found is not None
    return found


@pytest.fixture
def visitor(client, db):
    client.force_login(User.objects.create_user("dana@example.net", "x"))
    return client


def delivery(
    recipient: str = "dana@example.org", subject: str = "Back in stock"
) -> Delivery:
    return Delivery(
        received_at=RECEIVED_AT,
        envelope_sender="b-abc@reply.localhost",
        envelope_recipient=recipient,
        sender="Loom & Lumen <sales@example.com>",
        subject=subject,
        raw=RAW,
    )
