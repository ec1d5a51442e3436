"""Reaching a mail server: greeting, hello, encryption, login, demo mode."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.delivery.smtp_script import (
    DROP,
    SILENCE,
    ScriptedServer,
    Session,
    running,
)
from tests.delivery.smtp_talk import MAIL, at, hand_over, in_loop, server_for
from winback.delivery.rules import Outcome
from winback.delivery.smtp.connection import connect
from winback.delivery.smtp.servers import (
    LoopbackOnlyError,
    MailServer,
)
from winback.delivery.smtp.wire import ServerFaultError


@pytest.mark.parametrize(
    ("event", "answer", "outcome"),
    [
        ("connect", b"554 go away\r\n", Outcome.SERVER),
        ("connect", b"421 too many connections\r\n", Outcome.SERVER),
        ("connect", DROP, Outcome.SERVER),
        ("connect", SILENCE, Outcome.SERVER),
        ("connect", b"HTTP/1.1 400 Bad Request\r\n", Outcome.SERVER),
        ("connect", b"x" * 9000, Outcome.SERVER),
        ("EHLO", b"250-a\r\n" * 300, Outcome.SERVER),
        ("AUTH", b"535 5.7.8 wrong password\r\n", Outcome.ACCOUNT),
        ("AUTH", b"454 4.7.0 try later\r\n", Outcome.SERVER),
    ],
)
def test_connect_refused_is_a_fault_of_server_or_account(
    event: str, answer: bytes, outcome: Outcome
) -> None:
    scripted = ScriptedServer(script=at(event, answer), features=("AUTH PLAIN",))
    with running(scripted), pytest.raises(ServerFaultError) as caught:
        hand_over(scripted, MAIL, user="me", password="secret")

    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    ("feature", "commands"),
    [
        ("AUTH LOGIN PLAIN", ["AUTH PLAIN AG1lAHPRltC60YDQtdGC"]),
        ("AUTH LOGIN", ["AUTH LOGIN", "bWU=", "c9GW0LrRgNC10YI="]),
    ],
)
def test_connect_login_is_the_best_the_server_offers(
    feature: str, commands: list[str]
) -> None:
    def script(session: Session, event: str) -> bytes | None:
        if event in {"AUTH LOGIN", "bWU="}:
            return b"334 VXNlcm5hbWU6\r\n"
        return b"235 in\r\n" if event == "c9GW0LrRgNC10YI=" else None

    with running(ScriptedServer(script=script, features=(feature,))) as scripted:
        hand_over(scripted, user="me", password="sікрет")

    # We say QUIT and hang up, so the server may or may not get to read it.
    said = [command for command in scripted.commands if command != "QUIT"]
    assert said == ["EHLO localhost", *commands]


def test_connect_closed_port_is_a_server_fault() -> None:
    with running(ScriptedServer()) as scripted:
        pass

    with pytest.raises(ServerFaultError, match="cannot be reached"):
        hand_over(scripted, MAIL)


def test_connect_demo_mode_refuses_every_other_machine() -> None:
    server = MailServer(
        scheme="smtp", host="mail.example.com", port=25, loopback_only=True
    )

    with pytest.raises(LoopbackOnlyError):
        in_loop(lambda loop: connect(loop, server))


def test_connect_password_is_never_sent_unencrypted_to_another_machine() -> None:
    with running(ScriptedServer(features=("AUTH PLAIN",))) as scripted:
        server = server_for(scripted, host="ip6-localhost", loopback_only=False)
        server = dataclasses.replace(server, user="me", password="x")
        with pytest.raises(ServerFaultError):
            in_loop(lambda loop: connect(loop, server))

    assert not any(command.startswith("AUTH") for command in scripted.commands)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1: the file to trust and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = folder / "cert.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return str(pem), context


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
def test_hand_over_encrypted_with_a_trusted_certificate_is_sent(
    certificate: tuple[str, ssl.SSLContext], scheme: str
) -> None:
    scripted = ScriptedServer(features=("STARTTLS",), tls=certificate[1])
    with running(scripted, tls=scheme == "smtps"):
        answers, _, _ = hand_over(
            scripted, MAIL, scheme=scheme, ca_file=certificate[0], command_seconds=5
        )

    assert answers[0].outcome is Outcome.SENT


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
def test_connect_unknown_certificate_is_refused(
    certificate: tuple[str, ssl.SSLContext], scheme: str
) -> None:
    scripted = ScriptedServer(features=("STARTTLS",), tls=certificate[1])
    with running(scripted, tls=scheme == "smtps"), pytest.raises(ServerFaultError):
        hand_over(scripted, MAIL, scheme=scheme, command_seconds=5)

    assert scripted.mails == []


def test_connect_tls_not_offered_is_an_error_not_silence() -> None:
    with (
        running(ScriptedServer()) as scripted,
        pytest.raises(ServerFaultError, match="no encryption"),
    ):
        hand_over(scripted, MAIL, scheme="smtp+tls")


def test_connect_words_slipped_in_before_tls_are_refused() -> None:
    script = at("STARTTLS", b"220 go\r\n250 evil\r\n")
    with (
        running(ScriptedServer(script=script, features=("STARTTLS",))) as scripted,
        pytest.raises(ServerFaultError),
    ):
        hand_over(scripted, MAIL, scheme="smtp+tls")
