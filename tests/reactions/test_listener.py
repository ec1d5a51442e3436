import asyncio
import dataclasses
import smtplib
import socket
import tempfile
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from tests.factories import RecipientFactory
from tests.own_addresses import reply_address, verp_address
from tests.reactions import mails

from winback.reactions import listener
from winback.reactions.models import InboundMessage

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def talk(conversation, make=listener.server_factory):
    """Run ``conversation(port)`` in a thread against a real server on loopback."""

    async def run():
        loop = asyncio.get_running_loop()
        factory = make("winback.example")
        server = await loop.create_server(factory, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                return await asyncio.to_thread(conversation, port)
            finally:
                # Of the thread that stores; else the database cannot be removed.
                await sync_to_async(connections.close_all)()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(listener, "wake_reader", lambda: None)


def test_a_message_is_stored_as_it_came_before_the_answer():
    recipient = RecipientFactory()
    raw = mails.reply().replace(b"\n", b"\r\n")
    to = reply_address(recipient.pk).upper()

    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            return smtp.sendmail("ann@example.org", [to], raw)

    assert talk(conversation) == {}
    stored = InboundMessage.objects.get()
    assert bytes(stored.raw) == raw
    assert (stored.envelope_from, stored.envelope_to) == ("ann@example.org", to)
    assert stored.processed_at is None


def test_a_bounce_from_the_empty_sender_is_taken():
    to = verp_address(RecipientFactory().pk)

    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            return smtp.sendmail("", [to], mails.bounce())

    talk(conversation)

    assert InboundMessage.objects.get().envelope_from == ""


@pytest.mark.parametrize(
    "address",
    [
        "postmaster@reply.localhost",
        "b-aaaaaaaaaaaaaaaaaaaaaaaa@reply.localhost",
        "somebody@elsewhere.example",
    ],
)
def test_addresses_that_are_not_ours_are_refused(address):
    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.ehlo()
            smtp.mail("x@y.example")
            return smtp.rcpt(address)[0]

    assert talk(conversation) == 550
    assert InboundMessage.objects.count() == 0


def test_a_message_that_cannot_be_stored_is_to_be_sent_again(monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("database away")

    monkeypatch.setattr(listener, "store_message", broken)

    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.ehlo()
            smtp.mail("x@y.example")
            smtp.rcpt(reply_address(1))
            return smtp.data(mails.reply())[0]

    assert talk(conversation) == 451


def test_a_message_that_is_too_big_is_refused(monkeypatch):
    monkeypatch.setattr(listener, "MAX_MESSAGE_BYTES", 1000)

    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.ehlo()
            smtp.mail("x@y.example")
            smtp.rcpt(reply_address(1))
            return smtp.data(b"x\r\n" * 2000)[0]

    assert talk(conversation) == 552
    assert InboundMessage.objects.count() == 0


# --------------------------------------------------------------------- LMTP


def test_lmtp_stores_a_message_as_it_came():
    to = reply_address(RecipientFactory().pk)

    def conversation(port):
        with smtplib.LMTP("127.0.0.1", port) as lmtp:
            return lmtp.sendmail("ann@example.org", [to], mails.reply())

    assert talk(conversation, listener.lmtp_factory) == {}
    assert InboundMessage.objects.get().envelope_to == to


def test_lmtp_takes_one_recipient_at_a_time_and_no_stranger():
    def conversation(port):
        with smtplib.LMTP("127.0.0.1", port) as lmtp:
            lmtp.ehlo()
            lmtp.mail("ann@example.org")
            codes = [lmtp.rcpt(reply_address(number))[0] for number in (1, 2)]
            return [*codes, lmtp.rcpt("somebody@elsewhere.example")[0]]

    assert talk(conversation, listener.lmtp_factory) == [250, 452, 550]


def test_lmtp_knows_no_ehlo():
    def conversation(port):
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            return smtp.docmd("EHLO", "x.example")[0]

    assert talk(conversation, listener.lmtp_factory) == 500


@pytest.fixture
def socket_path():
    # The paths of sockets may not be long.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="lmtp-") as folder:
        yield f"{folder}/lmtp"


def serve(where, settings, conversation):
    config = dataclasses.replace(settings.CONFIG, inbound_lmtp=where)

    async def run():
        async with listener.lmtp_server(config):
            return await asyncio.to_thread(conversation)

    return asyncio.run(run())


def greeting(where):
    def conversation():
        with smtplib.LMTP(*where) as lmtp:
            return lmtp.ehlo()[0]

    return conversation


def test_lmtp_on_a_socket(settings, socket_path):
    assert serve(socket_path, settings, greeting((socket_path,))) == 250
    assert not Path(socket_path).exists()


def test_lmtp_on_a_port(settings, free_port):
    where = f"127.0.0.1:{free_port}"

    assert serve(where, settings, greeting(("127.0.0.1", free_port))) == 250


def test_lmtp_takes_the_place_of_a_process_that_died(settings, socket_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(socket_path)
        dead.listen()

    assert serve(socket_path, settings, greeting((socket_path,))) == 250


def test_lmtp_leaves_a_socket_that_somebody_serves(settings, socket_path):
    with socket.socket(socket.AF_UNIX) as alive:
        alive.bind(socket_path)
        alive.listen()

        with pytest.raises(OSError, match="somebody listens"):
            serve(socket_path, settings, lambda: None)

    assert Path(socket_path).exists()


def test_no_lmtp_unless_asked_for(settings):
    assert serve("", settings, lambda: "nothing listens") == "nothing listens"
