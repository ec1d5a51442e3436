"""Mailboxes are read, from a real IMAP server on loopback."""

import dataclasses
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from imapclient.imap_utf7 import encode
from tests.factories import NOW, LeadFactory, RecipientFactory
from tests.own_addresses import reply_address, verp_address
from tests.reactions import mails
from tests.reactions.imap_server import PASSWORD, TOKEN, USER, running_imap_server

from winback.core.imap_config import parse_imap_url
from winback.reactions import tasks
from winback.reactions.imap import session, tokens
from winback.reactions.models import InboundMessage, MailFolder
from winback.reactions.services import inbound, polling
from winback.reactions.services.polling import Look, poll_mailbox

pytestmark = [pytest.mark.django_db, pytest.mark.outside]
LATER = NOW + timedelta(hours=3)


@pytest.fixture(scope="module")
def running():
    with running_imap_server() as server:
        yield server


@pytest.fixture
def server(running):
    running.empty()
    tokens._tokens.clear()
    running.tokens.asked.clear()
    return running


def mailbox(server, *, scheme="imaps", password=PASSWORD, folder="INBOX", **options):
    port = server.tls_port if scheme == "imaps" else server.plain_port
    secret = f":{quote(password, safe='')}" if password else ""
    options = {"ca": str(server.certificate)} | options
    query = "&".join(f"{name}={quote(str(v), safe='')}" for name, v in options.items())
    where = f"{quote(USER, safe='')}{secret}@127.0.0.1:{port}/{quote(folder)}"
    return parse_imap_url(f"{scheme}://{where}?{query}")


def look(box, *, at=LATER):
    return poll_mailbox(box, clock=lambda: at)


def letters(count, *, first=1):
    return [
        mails.reply(f"Letter {number}", message_id=f"<{number}@x>")
        for number in range(first, first + count)
    ]


def texts():
    inbound.process_waiting_messages(now=LATER)
    return sorted(InboundMessage.objects.values_list("visible_text", flat=True))


def flags_of(server, folder="INBOX"):
    client = server.client()
    client.select(folder, readonly=True)
    _answer, found = client.search(None, "SEEN")
    _answer, every = client.search(None, "ALL")
    client.logout()
    return len(found[0].split()), len(every[0].split())


@pytest.mark.parametrize("scheme", ["imaps", "imap+tls", "imap"])
def test_what_is_new_is_taken_in_once_and_left_as_it_was(server, scheme):
    recipient = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    raw = mails.reply(message_id="<1@x>").replace(
        b"To: shop@winback.example", f"To: {reply_address(recipient.pk)}".encode()
    )
    server.put(raw)
    box = mailbox(server, scheme=scheme)

    assert look(box) == Look(taken=1)
    assert look(box) == Look(taken=0)

    inbound.process_waiting_messages(now=LATER)
    message = InboundMessage.objects.get()
    assert bytes(message.raw).replace(b"\r\n", b"\n") == raw
    assert (message.source, message.kind) == ("imap", "reply")
    assert message.recipient == recipient
    assert flags_of(server) == (0, 1)
    folder = MailFolder.objects.get()
    assert (folder.read_at, folder.busy_until, folder.fault) == (LATER, None, "")


def test_a_bounce_is_known_by_the_address_it_was_delivered_to(server):
    recipient = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    to = verp_address(recipient.pk)
    server.put(f"Delivered-To: {to}\nReturn-Path: <>\n".encode() + mails.bounce())

    look(mailbox(server))
    inbound.process_waiting_messages(now=LATER)

    message = InboundMessage.objects.get()
    assert (message.envelope_to, message.recipient) == (to, recipient)


def test_later_messages_are_found_by_the_place_in_the_folder(server):
    box = mailbox(server)
    server.put(*letters(2))
    assert look(box) == Look(taken=2)
    server.put(*letters(1, first=3))

    assert look(box) == Look(taken=1)

    assert texts() == ["Letter 1", "Letter 2", "Letter 3"]


def test_a_look_takes_so_many_and_says_that_there_are_more(server):
    box = mailbox(server, most=2)
    server.put(*letters(5))

    looks = [look(box) for _ in range(3)]

    assert looks == [Look(2, has_more=True), Look(2, has_more=True), Look(1)]
    assert len(texts()) == 5


def test_unseen_ones_are_taken_and_marked(server):
    box = mailbox(server, which="unseen")
    server.put(*letters(3))
    client = server.client()
    client.select("INBOX")
    client.store("2", "+FLAGS", "\\Seen")
    client.logout()

    assert look(box) == Look(taken=2)

    assert texts() == ["Letter 1", "Letter 3"]
    assert flags_of(server) == (3, 3)
    assert look(box) == Look(taken=0)


def test_taken_ones_are_moved_into_a_folder(server):
    box = mailbox(server, then="move:Done")
    server.put(*letters(3))

    assert look(box) == Look(taken=3)

    assert (flags_of(server), flags_of(server, "Done")) == ((0, 0), (3, 3))
    server.put(*letters(1, first=4))
    assert look(box) == Look(taken=1)


def test_another_folder_with_letters_of_another_script_is_read(server):
    name = "Відповіді/پاسخ"
    client = server.client()
    client.create(b'"' + encode(name) + b'"')
    client.logout()
    box = mailbox(server, folder=name)

    assert look(box) == Look(taken=0)
    assert MailFolder.objects.get().fault == ""


# -------------------------------------------------------- nothing is ever lost


class Killed(BaseException):
    """The process ends here."""


def kill_at(monkeypatch, owner, name, *, call):
    real, calls = getattr(owner, name), []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == call:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.parametrize("then", ["keep", "seen", "move:Done"])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (session.FolderSession, "message"),  # before the message was fetched
        (polling, "store_message"),  # between fetch and store
        (session.FolderSession, "settle"),  # between store and mark
    ],
)
def test_a_process_that_dies_loses_nothing_and_takes_nothing_twice(
    server, monkeypatch, then, owner, name
):
    monkeypatch.setattr(polling, "CHUNK", 2)
    box = mailbox(server, then=then)
    server.put(*letters(5))
    with monkeypatch.context() as dying:
        kill_at(dying, owner, name, call=2)
        with pytest.raises(Killed):
            look(box)

    look(box)

    assert texts() == [f"Letter {number}" for number in range(1, 6)]
    done = {"keep": (0, 5), "seen": (5, 5), "move:Done": (0, 0)}
    assert flags_of(server) == done[then]


def test_one_that_is_killed_holds_the_folder_for_minutes_only(server):
    box = mailbox(server)
    server.put(*letters(1))
    MailFolder.objects.create(key=box.key, busy_until=LATER + timedelta(minutes=4))

    assert look(box) is None
    assert look(box, at=LATER + timedelta(minutes=5)) == Look(taken=1)


def test_another_uidvalidity_means_that_all_is_looked_at_again(server):
    box = mailbox(server)
    server.put(*letters(2))
    look(box)
    folder = MailFolder.objects.get()
    real = folder.uid_validity
    # As if the place had been noted before the server made its folder anew.
    MailFolder.objects.update(uid_validity=real - 1, taken_uid=900, settled_uid=900)
    server.put(*letters(1, first=3))

    assert look(box) == Look(taken=1)

    folder.refresh_from_db()
    assert (folder.uid_validity, folder.taken_uid, folder.settled_uid) == (real, 3, 3)
    assert texts() == ["Letter 1", "Letter 2", "Letter 3"]


def test_of_a_huge_message_the_beginning_is_taken(server, monkeypatch):
    monkeypatch.setattr(session, "MAX_MESSAGE_BYTES", 5000)
    monkeypatch.setattr(session, "BEGINNING_BYTES", 1000)
    server.put(
        mails.reply("Huge " + "x" * 50 + "\n" + "y" * 40 + "\n") + b"z\r\n" * 4000
    )

    assert look(mailbox(server)) == Look(taken=1)

    assert len(bytes(InboundMessage.objects.get().raw)) == 1000
    assert flags_of(server) == (0, 1)


# ----------------------------------------------------------- faults are told


def fault_of(box):
    assert look(box) == Look()
    folder = MailFolder.objects.get()
    return folder.fault, folder.fault_details


def test_a_wrong_password_is_told_and_the_mailbox_rests(server):
    box = mailbox(server, password="wrong")

    fault, details = fault_of(box)

    assert fault == "login"
    assert "wrong" not in details
    assert look(box) is None
    assert look(box, at=LATER + timedelta(minutes=1)) == Look()
    folder = MailFolder.objects.get()
    assert (folder.failures, folder.failed_since) == (2, LATER)
    assert folder.next_at == LATER + timedelta(minutes=3)


def test_rests_grow_to_a_quarter_of_an_hour_and_end_with_a_good_look(server):
    wrong, right = mailbox(server, password="wrong"), mailbox(server)
    MailFolder.objects.create(key=wrong.key, failures=9)
    look(wrong)
    folder = MailFolder.objects.get()
    assert folder.next_at == LATER + timedelta(minutes=15)

    assert look(right, at=folder.next_at) == Look()

    folder.refresh_from_db()
    assert (folder.fault, folder.failures, folder.failed_since) == ("", 0, None)


def test_a_server_that_is_away_is_told(server, free_port):
    box = dataclasses.replace(mailbox(server), port=free_port)

    assert fault_of(box) == ("unreachable", "Connection refused")


@pytest.mark.parametrize("scheme", ["imaps", "imap+tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(server, scheme):
    box = dataclasses.replace(mailbox(server, scheme=scheme), ca="")

    assert fault_of(box) == ("certificate", "self-signed certificate")


def test_a_certificate_for_another_name_is_refused(server, monkeypatch):
    box = dataclasses.replace(mailbox(server), host="localhost")

    assert fault_of(box)[0] == "certificate"


@pytest.mark.parametrize("change", [{"folder": "Nowhere"}, {"then": "move:Nowhere"}])
def test_a_folder_that_is_missing_is_told(server, change):
    fault, details = fault_of(mailbox(server, **change))

    assert fault == "folder"
    assert "Nowhere" in details or "doesn't exist" in details


# ------------------------------------------------------------------- OAuth 2


def test_a_token_of_a_command_opens_the_mailbox(server):
    server.put(*letters(1))
    box = mailbox(server, password="", token_command=f"printf %s {TOKEN}")

    assert look(box) == Look(taken=1)


def test_a_token_in_a_file_opens_the_mailbox(server, tmp_path):
    server.put(*letters(1))
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")

    assert look(mailbox(server, password="", token_file=file)) == Look(taken=1)


def test_a_refresh_token_is_asked_for_a_token_once(server, tmp_path):
    file = tmp_path / "oauth.json"
    told = {
        "token_url": server.tokens.url,
        "client_id": "winback",
        "client_secret": "s3cret",
        "refresh_token": "refresh me",
    }
    file.write_text(json.dumps(told))
    server.put(*letters(1))
    box = mailbox(server, password="", oauth_file=file)

    assert look(box) == Look(taken=1)
    assert look(box) == Look(taken=0)

    assert server.tokens.asked == [
        {
            "grant_type": ["refresh_token"],
            "client_id": ["winback"],
            "client_secret": ["s3cret"],
            "refresh_token": ["refresh me"],
        }
    ]


@pytest.mark.parametrize(
    ("told", "fault", "words"),
    [
        ({"refresh_token": "old"}, "token", "127.0.0.1: 400"),
        ({"token_url": "http://token.example/"}, "token", "must begin with https://"),
        ({"client_id": None}, "token", ""),
    ],
)
def test_a_token_that_is_not_given_is_told(server, tmp_path, told, fault, words):
    file = tmp_path / "oauth.json"
    given = {
        "token_url": server.tokens.url,
        "client_id": "winback",
        "refresh_token": "refresh me",
    } | told
    given = {name: value for name, value in given.items() if value}
    file.write_text(json.dumps(given))

    found, details = fault_of(mailbox(server, password="", oauth_file=file))

    assert found == fault
    assert words in details
    assert "refresh me" not in details


def test_a_token_that_the_server_refuses_is_told(server):
    box = mailbox(server, password="", token_command="printf old-token")

    fault, details = fault_of(box)

    assert fault == "login"
    assert "old-token" not in details


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("false", "the command ended with 1"),
        ("no-such-program", "No such file or directory"),
        ("true", "it is empty"),
    ],
)
def test_a_command_that_gives_no_token_is_told(server, command, words):
    box = mailbox(server, password="", token_command=command)

    assert fault_of(box) == ("token", words)


# --------------------------------------------------------------- by the clock


def test_the_clock_reads_all_mailboxes_and_what_they_brought(
    server, settings, monkeypatch, free_port
):
    again = []
    monkeypatch.setattr(tasks.poll_mailboxes, "delay", lambda: again.append(1))
    away = dataclasses.replace(mailbox(server), port=free_port)
    boxes = (away, mailbox(server, most=2))
    settings.CONFIG = dataclasses.replace(settings.CONFIG, inbound_imap=boxes)
    server.put(*letters(3))

    tasks.poll_mailboxes()
    assert again == [1]
    tasks.poll_mailboxes()

    assert again == [1]
    read = InboundMessage.objects.filter(processed_at__isnull=False)
    assert read.count() == 3
    faults = MailFolder.objects.order_by("key").values_list("fault", flat=True)
    assert sorted(faults) == ["", "unreachable"]
