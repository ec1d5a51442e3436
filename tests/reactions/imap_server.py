"""A real IMAP server on loopback: Dovecot in a temporary folder."""

from __future__ import annotations

import contextlib
import getpass
import grp
import imaplib
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "shop@winback.example", "p@ss word/ü"
TOKEN = "a-valid-token"


@dataclass
class TokenService:
    """Gives tokens for a refresh token, and tells the mail server whose they are."""

    port: int = 0
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def refresh(self, fields: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        self.asked.append(fields)
        if fields.get("refresh_token") != ["refresh me"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": TOKEN, "expires_in": 3600}


@contextlib.contextmanager
def running_token_service() -> Iterator[TokenService]:
    service = TokenService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = parse_qs(urlsplit(self.path).query).get("token")
            known = token == [TOKEN]
            self._answer(200 if known else 400, {"email": USER} if known else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*service.refresh(parse_qs(body.decode())))

        def _answer(self, code: int, body: dict[str, object]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield service
        server.shutdown()


@dataclass(frozen=True)
class ImapServer:
    """Where it listens, and the certificate that a client has to trust."""

    plain_port: int
    tls_port: int
    certificate: Path
    home: Path
    process: subprocess.Popen[bytes]
    tokens: TokenService

    def client(self) -> imaplib.IMAP4:
        """A connection of the mailbox's owner, logged in."""
        client = imaplib.IMAP4("127.0.0.1", self.plain_port)
        client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return client

    def put(self, *messages: bytes, folder: str = "INBOX") -> None:
        client = self.client()
        for message in messages:
            answer, words = client.append(folder, None, None, message)
            assert answer == "OK", words
        client.logout()

    def empty(self) -> None:
        """All folders gone, as the mailbox was at first; UIDVALIDITY is another."""
        shutil.rmtree(self.home / "store" / "mail", ignore_errors=True)


def dovecot() -> str | None:
    path = os.environ.get("PATH", os.defpath)
    return shutil.which("dovecot", path=f"{path}{os.pathsep}/usr/sbin")


@contextlib.contextmanager
def running_imap_server() -> Iterator[ImapServer]:
    """Started as whoever runs the tests; only a temporary folder is used."""
    program = dovecot()
    assert program, "Dovecot is missing: apt-get install dovecot-imapd"
    with (
        running_token_service() as tokens,
        # Sockets lie in it, and their paths may not be long.
        tempfile.TemporaryDirectory(prefix="imap-", dir="/tmp") as folder,
    ):
        home = Path(folder)
        home.chmod(0o755)
        plain, tls = _free_port(), _free_port()
        certificate = _certificate(home)
        configuration = home / "dovecot.conf"
        configuration.write_text(_configuration(home, plain, tls, tokens.port))
        process = subprocess.Popen(
            [program, "-F", "-c", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        server = ImapServer(plain, tls, certificate, home, process, tokens)
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            process.wait(20)


def _configuration(home: Path, plain: int, tls: int, tokens: int) -> str:
    me, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    is_root = os.geteuid() == 0
    # As root Dovecot insists on a login user of its own; others can only be themselves.
    login = "dovenull" if is_root else me
    internal = "dovecot" if is_root else me
    internal_group = "dovecot" if is_root else group
    # Mail itself never belongs to root.
    owner, owners = ("nobody", "nogroup") if is_root else (me, group)
    for name in ("store", "home"):
        (home / name).mkdir()
        shutil.chown(home / name, owner, owners)
    users = home / "users"
    (home / "oauth2.conf").write_text(
        f"tokeninfo_url = http://127.0.0.1:{tokens}/?token=\n"
        "introspection_mode = auth\nusername_attribute = email\n"
    )
    users.write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::\n", encoding="utf-8")
    return f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal_group}
first_valid_uid = 0
first_valid_gid = 0
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_username_format = %u
auth_failure_delay = 0
mail_location = maildir:{home}/store/mail
mail_fsync = never
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Done {{
    auto = create
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {users}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owners} home={home}/home allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def _certificate(home: Path) -> Path:
    """For 127.0.0.1 and no other name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    place = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    open_to_all = serialization.NoEncryption()
    (home / "key.pem").write_bytes(key.private_bytes(pem, form, open_to_all))
    certificate = home / "cert.pem"
    certificate.write_bytes(made.public_bytes(pem))
    return certificate


def _wait_for(server: ImapServer) -> None:
    for _ in range(200):
        assert server.process.poll() is None, (server.home / "log").read_text()
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.client().logout()
            return
        time.sleep(0.05)
    raise AssertionError((server.home / "log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
