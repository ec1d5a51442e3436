import asyncio
import smtplib

import pytest
from tests.factories import RecipientFactory
from tests.own_addresses import reply_address, verp_address
from tests.reactions import mails

from winback.reactions import listener
from winback.reactions.models import InboundMessage

pytestmark = pytest.mark.django_db(transaction=True)


def talk(conversation):
    """Run ``conversation(port)`` in a thread against a real server on loopback."""

    async def run():
        loop = asyncio.get_running_loop()
        factory = listener.server_factory("winback.example")
        server = await loop.create_server(factory, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await asyncio.to_thread(conversation, port)

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
