"""A real nginx with the very file of deploy/, on ports and a certificate of a test."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from servers import free_port

from tests.delivery.smtp_script import wait_for
from tests.faults.unit import PROJECT

HOST = "winback.example.com"
EXAMPLE = PROJECT / "deploy" / "nginx.conf"
AROUND = """
daemon off;
pid {folder}/pid;
error_log stderr warn;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/winback.conf;
}}
"""


@dataclass
class Nginx:
    """In front of a web process; see ``running_nginx``."""

    folder: Path
    web_port: int
    https_port: int
    http_port: int

    def write(self) -> None:
        """The example with other ports, another certificate, and nothing else."""
        text = EXAMPLE.read_text()
        certificate(self.folder)
        for ours, theirs in (
            (r"listen 443 ", f"listen 127.0.0.1:{self.https_port} "),
            (r"listen 80;", f"listen 127.0.0.1:{self.http_port};"),
            (r"\n *listen \[::\]:.*", ""),
            (r"/etc/letsencrypt/live/winback.example.com", str(self.folder)),
            (r"127\.0\.0\.1:8000", f"127.0.0.1:{self.web_port}"),
        ):
            text, count = re.subn(ours, theirs, text)
            assert count, f"{ours} is not in {EXAMPLE.name} any more"
        (self.folder / "winback.conf").write_text(text)
        # Its workers may otherwise not enter a folder of root's.
        user = "user root;" if os.geteuid() == 0 else ""
        around = AROUND.format(folder=self.folder, user=user)
        (self.folder / "nginx.conf").write_text(around)

    def command(self, *more: str) -> list[str]:
        path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
        program = shutil.which("nginx", path=path) or "nginx"
        folder = str(self.folder)
        config = f"{folder}/nginx.conf"
        return [program, "-e", "stderr", "-p", folder, "-c", config, *more]

    def connection(self) -> http.client.HTTPConnection:
        """To the https side, by name, with its certificate checked."""
        context = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        connection = http.client.HTTPConnection(HOST, timeout=60)
        plain = socket.create_connection(("127.0.0.1", self.https_port), 60)
        connection.sock = context.wrap_socket(plain, server_hostname=HOST)
        return connection


@contextlib.contextmanager
def running_nginx(folder: Path, web_port: int) -> Iterator[Nginx]:
    nginx = Nginx(folder, web_port, free_port(), free_port())
    nginx.write()
    process = subprocess.Popen(nginx.command())
    try:
        wait_for(lambda: answers(nginx.https_port))
        yield nginx
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def certificate(folder: Path) -> None:
    """Signed by itself, good for this name today."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
