"""Mailboxes as WINBACK_INBOUND_IMAP names them."""

import pytest

from winback.core.config import ConfigError, load_config
from winback.core.imap_config import imap_mailboxes, parse_imap_url


def test_an_address_with_everything():
    box = parse_imap_url(
        "imap+tls://shop%40a.example:p%40ss%2F%D1%8F@mail.example:1143/In/%D0%90"
        "?which=unseen&then=move:Done/2026&most=50"
    )

    assert (box.scheme, box.host, box.port) == ("imap+tls", "mail.example", 1143)
    assert (box.user, box.password) == ("shop@a.example", "p@ss/я")
    assert (box.folder, box.which, box.then) == ("In/А", "unseen", "move:Done/2026")
    assert (box.move_to, box.most) == ("Done/2026", 50)
    assert box.key == "shop@a.example@mail.example:1143/In/А"


def test_an_address_with_nothing_but_the_needful():
    box = parse_imap_url("imaps://shop:word@mail.example")

    assert (box.port, box.folder, box.which) == (993, "INBOX", "new")
    assert (box.then, box.most, box.token_source) == ("keep", 200, "")


def test_unseen_ones_are_marked_as_seen_unless_told_otherwise():
    assert parse_imap_url("imaps://a:b@c?which=unseen").then == "seen"


def test_a_password_is_never_shown():
    assert "s3cret" not in repr(parse_imap_url("imaps://shop:s3cret@mail.example"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pop3://a:s3cret@b", "begin it with one of imaps://"),
        ("imaps://mail.example", "write it like"),
        ("imaps://a@mail.example", "give either a password or one of token_file"),
        ("imaps://a:s3cret@b?token_command=x", "give either a password"),
        ("imap://a:s3cret@mail.example", "imap:// is for this machine only"),
        ("imaps://a:s3cret@b?wich=new", "no such option: wich"),
        ("imaps://a:s3cret@b?which=old", "which is one of new, unseen"),
        ("imaps://a:s3cret@b?then=delete", "then is keep, seen or move:Folder"),
        ("imaps://a:s3cret@b?then=move:", "then is keep, seen or move:Folder"),
        ("imaps://a:s3cret@b?which=unseen&then=keep", "which=unseen needs"),
        ("imaps://a:s3cret@b?most=0", "most is a number from 1 to 5000"),
        ("imaps://a:s3cret@b?most=x", "most is a number from 1 to 5000"),
        ("imaps://a:s3cret@b?ca=/no/such", "ca: there is no file"),
        ("imaps://a@b?token_file=/no/such", "token_file: there is no file"),
        ("imaps://a:s3cret@b:99999", "Port out of range"),
        ("imaps://a:s3cret@[b", "Invalid IPv6 URL"),
    ],
)
def test_what_is_wrong_is_told_without_the_password(url, words):
    problems = []

    assert imap_mailboxes(url, problems) == ()

    assert len(problems) == 1
    assert problems[0].startswith("WINBACK_INBOUND_IMAP, mailbox 1: ")
    assert words in problems[0]
    assert "s3cret" not in problems[0]


def test_one_mailbox_named_twice_is_told():
    problems = []

    imap_mailboxes("imaps://a:b@c imaps://a:x@c?then=seen", problems)

    assert problems == ["WINBACK_INBOUND_IMAP: a@c:993/INBOX is named twice."]


def config(tmp_path, **given):
    names = {f"WINBACK_{name}": value for name, value in given.items()}
    return load_config({"WINBACK_HOME": str(tmp_path), **names})


def test_the_installation_reads_several(tmp_path):
    found = config(tmp_path, INBOUND_IMAP="imaps://a:b@c\n imaps://d:e@f/X")

    assert [box.key for box in found.inbound_imap] == ["a@c:993/INBOX", "d@f:993/X"]
    assert (found.inbound_days, found.inbound_lmtp) == (365, "")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("INBOUND_DAYS", "7", "use a number from 30 to 3650"),
        ("INBOUND_LMTP", "mail.sock", "write host:port or the absolute path"),
        ("INBOUND_LMTP", "host:0", "write host:port or the absolute path"),
        ("INBOUND_IMAP", "imaps://a@c", "give either a password"),
    ],
)
def test_wrong_values_are_told(tmp_path, name, value, words):
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, **{name: value})

    assert words in str(caught.value)


def test_the_demo_reads_no_mailbox_elsewhere(tmp_path):
    with pytest.raises(ConfigError, match="in demo mode"):
        config(tmp_path, DEMO="1", INBOUND_IMAP="imaps://a:b@mail.example")
    assert config(tmp_path, DEMO="1", INBOUND_IMAP="imap://a:b@localhost").inbound_imap


@pytest.mark.parametrize("value", ["/run/winback/lmtp", "127.0.0.1:2424", "[::1]:24"])
def test_lmtp_is_a_socket_or_a_port(tmp_path, value):
    assert config(tmp_path, INBOUND_LMTP=value).inbound_lmtp == value
