"""A real server, a real client."""

from __future__ import annotations

import smtplib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.web.mailbox.conftest import RAW

from winback.web.mailbox.server import running_mailbox
from winback.web.mailbox.store import MailStore


@pytest.fixture
def mailbox(tmp_path):
    path = tmp_path / "mailbox.sqlite3"
    with running_mailbox(path) as port:
        yield port, MailStore(path)


def test_mailbox_keeps_what_was_sent_as_it_was_sent(mailbox):
    port, store = mailbox

    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("b-abc@reply.localhost", ["dana@example.org"], RAW)

    kept = store.get(1)
    assert (kept.envelope_sender, kept.envelope_recipient, kept.raw) == (
        "b-abc@reply.localhost",
        "dana@example.org",
        RAW,
    )


def test_mailbox_offers_what_fast_senders_need(mailbox):
    with smtplib.SMTP("127.0.0.1", mailbox[0]) as client:
        client.ehlo()

        offered = set(client.esmtp_features)

    assert offered >= {"pipelining", "8bitmime", "smtputf8", "size"}


def test_mailbox_takes_pipelined_commands_and_addresses_of_any_script(mailbox):
    port, store = mailbox
    commands = (
        "EHLO test\r\nMAIL FROM:<> BODY=8BITMIME SMTPUTF8\r\n"
        "RCPT TO:<користувач@приклад.укр>\r\nDATA\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answers = connection.makefile("rb")
        assert answers.readline().startswith(b"220")
        connection.sendall(commands.encode())
        while not answers.readline().startswith(b"354"):
            pass
        connection.sendall("Subject: Тест\r\n\r\nТіло\r\n.\r\nQUIT\r\n".encode())
        assert answers.readline().startswith(b"250")

    assert [(x.recipient, x.subject) for x in store.lines()] == [
        ("користувач@приклад.укр", "Тест")
    ]


def test_mailbox_loses_nothing_of_many_connections(mailbox):
    port, store = mailbox

    def send(sender: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for number in range(20):
                to = f"p{sender}-{number}@example.org"
                client.sendmail("b@reply.localhost", [to], RAW)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(send, range(5)))

    assert store.count() == 100
    assert len({line.recipient for line in store.lines(limit=200)}) == 100


def test_mailbox_that_cannot_write_asks_to_try_again(mailbox):
    port, store = mailbox
    store.path.unlink()
    store.path.mkdir()

    with (
        smtplib.SMTP("127.0.0.1", port) as client,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        client.sendmail("b@reply.localhost", ["dana@example.org"], RAW)

    assert refused.value.smtp_code == 452


def test_mailbox_listens_on_loopback_only(mailbox):
    addresses = {
        info[4][0]
        for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    } - {"127.0.0.1", "127.0.1.1"}

    for address in addresses:
        with pytest.raises(OSError):
            socket.create_connection((address, mailbox[0]), timeout=1)
