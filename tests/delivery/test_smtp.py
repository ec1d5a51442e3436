"""Our SMTP client against a server that misbehaves in every way it can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.smtp_script import (
    DROP,
    SILENCE,
    ScriptedServer,
    Session,
    running,
)
from tests.delivery.smtp_talk import MAIL, UTF8_MAIL, at, hand_over, in_loop, server_for
from winback.delivery.rules import Outcome
from winback.delivery.smtp.connection import Answer, connect, stuffed
from winback.delivery.smtp.loop import Loop
from winback.delivery.smtp.replies import NonsenseError, ReplyReader
from winback.delivery.smtp.servers import (
    ServerUrlError,
    parse_server_url,
)


def test_hand_over_several_mails_use_one_session() -> None:
    with running(ScriptedServer()) as scripted:
        answers, begun, stands = hand_over(scripted, MAIL, MAIL, UTF8_MAIL)

    assert [answer.outcome for answer in answers] == [Outcome.SENT] * 3
    assert (begun, stands, scripted.sessions) == (3, True, 1)
    assert scripted.mails[0] == (
        "b-x@reply.test",
        "olha@example.com",
        b"Subject: x\r\n\r\n.hi\r\n",
    )
    assert scripted.mails[2][1] == "оля@example.com"
    assert "MAIL FROM:<b-x@reply.test> SIZE=19 BODY=8BITMIME SMTPUTF8" in (
        scripted.commands
    )


def test_hand_over_without_features_asks_one_by_one() -> None:
    with running(ScriptedServer(features=())) as scripted:
        answers, begun, _ = hand_over(scripted, MAIL, UTF8_MAIL)

    assert [answer.outcome for answer in answers] == [Outcome.SENT, Outcome.ADDRESS]
    assert begun == 1
    assert "MAIL FROM:<b-x@reply.test>" in scripted.commands


def test_connect_server_without_ehlo_is_greeted_the_old_way() -> None:
    with running(ScriptedServer(script=at("EHLO", b"502 what?\r\n"))) as scripted:
        answers, _, _ = hand_over(scripted, MAIL)

    assert [answer.outcome for answer in answers] == [Outcome.SENT]
    assert scripted.commands[:2] == ["EHLO localhost", "HELO localhost"]


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize(
    ("event", "answer", "outcome"),
    [
        ("RCPT", b"550 5.1.1 no such user\r\n", Outcome.ADDRESS),
        ("RCPT", b"552 5.2.2 mailbox full\r\n", Outcome.ADDRESS),
        ("RCPT", b"554 5.7.1 Relay access denied\r\n", Outcome.ACCOUNT),
        ("RCPT", b"550-5.7.1 blocked\r\n550 5.7.1 see page\r\n", Outcome.ADDRESS),
        ("RCPT", b"450 4.2.0 greylisted\r\n", Outcome.RETRY),
        ("MAIL", b"530 5.7.0 authentication required\r\n", Outcome.ACCOUNT),
        ("MAIL", b"550 5.1.8 bad sender domain\r\n", Outcome.ACCOUNT),
        ("MAIL", b"552 too big\r\n", Outcome.MESSAGE),
        ("MAIL", b"451 busy\r\n", Outcome.SERVER),
        ("DATA", b"554 no\r\n", Outcome.MESSAGE),
        ("content", b"554 5.7.1 spam\r\n", Outcome.MESSAGE),
        ("content", b"550 5.1.1 no such user after all\r\n", Outcome.ADDRESS),
        ("content", b"451 4.3.0 later\r\n", Outcome.RETRY),
    ],
)
def test_hand_over_refused_is_sorted_and_the_session_goes_on(
    features: tuple[str, ...], event: str, answer: bytes, outcome: Outcome
) -> None:
    refusals = iter([answer])

    def script(session: Session, seen: str) -> bytes | None:
        return next(refusals, None) if seen.startswith(event) else None

    with running(ScriptedServer(script=script, features=features)) as scripted:
        answers, _, stands = hand_over(scripted, MAIL, MAIL)

    assert [a.outcome for a in answers] == [outcome, Outcome.SENT]
    assert answers[0].text.startswith(answer[:3].decode())
    assert (stands, scripted.sessions, len(scripted.mails)) == (True, 1, 1)


@pytest.mark.parametrize(
    ("event", "answer", "outcome", "begun"),
    [
        ("MAIL", DROP, Outcome.RETRY, 0),
        ("RCPT", DROP, Outcome.RETRY, 0),
        ("DATA", DROP, Outcome.RETRY, 0),
        ("DATA", SILENCE, Outcome.RETRY, 0),
        ("DATA", b"hello there\r\n", Outcome.RETRY, 0),
        ("DATA", b"250 fine\r\n", Outcome.SERVER, 0),
        ("RCPT", b"354 go\r\n", Outcome.SERVER, 0),
        ("RCPT", b"421 4.7.0 too many\r\n", Outcome.SERVER, 0),
        ("half", DROP, Outcome.UNCERTAIN, 1),
        ("content", b"<drop>", Outcome.UNCERTAIN, 1),
        ("content", b"<drop after taking>", Outcome.UNCERTAIN, 1),
        ("content", SILENCE, Outcome.UNCERTAIN, 1),
        ("content", b"ok\r\n", Outcome.UNCERTAIN, 1),
        ("content", b"354 more\r\n", Outcome.UNCERTAIN, 1),
        ("content", b"250", Outcome.UNCERTAIN, 1),
        ("content", b"250-a\r\n251 b\r\n", Outcome.UNCERTAIN, 1),
        ("content", b"421 closing\r\n", Outcome.SERVER, 1),
    ],
)
def test_hand_over_server_breaks_off_says_what_is_known(
    event: str, answer: bytes, outcome: Outcome, begun: int
) -> None:
    with running(ScriptedServer(script=at(event, answer))) as scripted:
        answers, begun_seen, stands = hand_over(scripted, MAIL)

    assert [a.outcome for a in answers] == [outcome]
    assert (begun_seen, stands) == (begun, False)


def test_hand_over_lie_about_pipelining_is_a_lost_connection() -> None:
    """A server that throws pipelined commands away never answers them."""
    script = at("RCPT", SILENCE)
    with running(ScriptedServer(script=script)) as scripted:
        answers, begun, stands = hand_over(scripted, MAIL)

    assert answers[0] == Answer(Outcome.RETRY, "no answer within 0.5 seconds")
    assert (begun, stands) == (0, False)


def test_hand_over_after_the_lie_commands_go_one_by_one() -> None:
    async def pipelines(loop: Loop) -> bool:
        connection = await connect(loop, server_for(scripted))
        await connection.quit()
        return connection.pipelines

    with running(ScriptedServer(script=at("RCPT", SILENCE))) as scripted:
        before = in_loop(pipelines)
        hand_over(scripted, MAIL)
        after = in_loop(pipelines)

    assert (before, after) == (True, False)


def test_hand_over_data_taken_without_anybody_is_ended_by_a_dot() -> None:
    """RFC 2920, 3.1: the server then refuses the empty content."""
    scripts = {"DATA": b"354 go\r\n", "content": b"554 nobody to mail\r\n"}
    answers = {"RCPT": b"550 5.1.1 no\r\n"}

    def script(session: Session, event: str) -> bytes | None:
        if event.startswith("RCPT"):
            return answers.pop("RCPT", None)
        return None if "RCPT" in answers else scripts.pop(event, None)

    with running(ScriptedServer(script=script)) as scripted:
        given, begun, stands = hand_over(scripted, MAIL, MAIL)

    assert [a.outcome for a in given] == [Outcome.ADDRESS, Outcome.SENT]
    assert (begun, stands, len(scripted.mails)) == (1, True, 1)


def test_hand_over_begin_raises_nothing_is_handed_over() -> None:
    def begin() -> None:
        raise OSError(28, "No space left on device")

    async def talk(loop: Loop) -> bool:
        connection = await connect(loop, server_for(scripted))
        with pytest.raises(OSError, match="No space left"):
            await connection.hand_over(MAIL, begin=begin)
        return connection.is_open

    with running(ScriptedServer()) as scripted:
        assert in_loop(talk) is False

    assert scripted.mails == []


def test_hand_over_too_big_for_the_server_is_not_tried() -> None:
    with running(ScriptedServer(features=("SIZE 10",))) as scripted:
        answers, begun, stands = hand_over(scripted, MAIL)

    assert answers == [Answer(Outcome.MESSAGE, "The mail server takes 10 bytes only.")]
    assert (begun, stands) == (0, True)


def test_parse_server_url_all_parts_are_read() -> None:
    server = parse_server_url(
        "smtp+tls://me%40shop:p%3Ass@mail.example?connections=20&timeout=9"
    )

    assert (server.scheme, server.host, server.port) == (
        "smtp+tls",
        "mail.example",
        587,
    )
    assert (server.user, server.password) == ("me@shop", "p:ss")
    assert (server.connections, server.command_seconds) == (20, 9)


@pytest.mark.parametrize(
    "url",
    [
        "http://x",
        "smtp://",
        "smtp://x:99999",
        "smtp://x?connections=0",
        "smtp://x?connections=1000",
        "smtp://x?conections=3",
    ],
)
def test_parse_server_url_wrong_says_so(url: str) -> None:
    with pytest.raises(ServerUrlError):
        parse_server_url(url)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_reply_reader_any_bytes_give_replies_or_nonsense(
    octets: bytes, cut: int
) -> None:
    reader = ReplyReader()
    try:
        for start in range(0, len(octets), cut):
            for reply in reader.feed(octets[start : start + cut]):
                assert 200 <= reply.code <= 599
                assert reply.text.isprintable()
    except NonsenseError:
        pass


@given(st.lists(st.sampled_from([b".", b"..", b"a", b"", b".a"]), max_size=20))
def test_stuffed_any_lines_come_back_as_they_were(lines: list[bytes]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)

    wire = stuffed(content)

    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n" or not content
    *back, dot, rest = wire.split(b"\r\n")
    assert (dot, rest) == (b".", b"")
    unstuffed = [line.removeprefix(b".") for line in back]
    assert b"".join(line + b"\r\n" for line in unstuffed) in {content, b"\r\n"}
