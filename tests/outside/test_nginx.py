"""nginx as deploy/nginx.conf sets it up, in front of a running installation."""

from __future__ import annotations

import http.client
import re
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest

from tests.delivery.smtp_script import ScriptedServer, running, wait_for
from tests.faults.house import WINBACK, House
from tests.faults.ledger import Ledger
from tests.faults.reader import LINK, plain_text
from tests.outside.nginx import HOST, Nginx, running_nginx

pytestmark = pytest.mark.outside
LOGIN, PASSWORD = "olha@winback.example", "a good long password"
MEGABYTE = 1_000_000
SOMEBODY_ELSE = "203.0.113.9"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Reached by its public name only, as behind every web server."""
    with running(ScriptedServer()) as sink:
        settings = {"WINBACK_PUBLIC_URL": f"https://{HOST}"}
        house = House(tmp_path_factory.mktemp("house"), sink, settings=settings)
        house.open(1)
        house.run(WINBACK, "person", "add", LOGIN, typed=f"{PASSWORD}\n")
        house.start("web")
        yield house
        house.close()


@pytest.fixture(scope="module")
def nginx(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("nginx")
    with running_nginx(folder, house.web_port) as server:
        wait_for(lambda: get(server, "/healthz").status == 200, seconds=60)
        yield server


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read()


def get(nginx: Nginx, path: str, **headers: str) -> Answer:
    connection = nginx.connection()
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=names)
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Visitor:
    """Logs in and sends forms, with cookies kept as a browser keeps them."""

    def __init__(self, nginx: Nginx) -> None:
        self.nginx = nginx
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"", {})

    def log_in(self) -> Answer:
        form = {"username": LOGIN, "password": PASSWORD}
        body = urlencode(form | {"csrfmiddlewaretoken": self._token("/login/")})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", "/login/", body.encode(), kind)

    def upload(self, path: str, content: bytes) -> Answer:
        token, line = self._token(path), "a-line-between"
        disposition = "Content-Disposition: form-data; name="
        parts = (
            f'--{line}\r\n{disposition}"csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
            f'--{line}\r\n{disposition}"file"; filename="leads.csv"\r\n\r\n'
        )
        body = parts.encode() + content + f"\r\n--{line}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={line}"}
        return self._ask("POST", path, body, kind)

    def _token(self, path: str) -> str:
        page = self.get(path).body.decode()
        match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert match, page[:500]
        return match[1]

    def _ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        more = {"Cookie": cookies, "Referer": f"https://{HOST}{path}", **headers}
        connection = self.nginx.connection()
        try:
            connection.request(method, path, body, more)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                assert morsel["secure"], f"{name} would travel unencrypted"
                self.cookies[name] = morsel.value
        return answer


def test_nginx_itself_finds_nothing_wrong(nginx: Nginx) -> None:
    done = subprocess.run(nginx.command("-t"), capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_plain_http_leads_to_https(nginx: Nginx) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.http_port, timeout=10)
    connection.request("GET", "/leads/?page=2", headers={"Host": HOST})
    response = connection.getresponse()

    assert response.status == 301
    assert response.headers["Location"] == f"https://{HOST}/leads/?page=2"
    connection.close()


def test_static_files_are_kept_for_ever_and_pages_are_not(nginx: Nginx) -> None:
    page = get(nginx, "/login/")
    path = re.search(r'"(/static/winback/dist/[^"]+\.css)"', page.body.decode())
    file = get(nginx, path[1], Accept_Encoding="gzip")

    assert (page.status, file.status) == (200, 200)
    assert "immutable" in file.headers["Cache-Control"]
    assert "no-store" in page.headers["Cache-Control"]
    assert "max-age" in page.headers["Strict-Transport-Security"]


def test_another_name_is_refused(nginx: Nginx) -> None:
    assert get(nginx, "/login/", Host="evil.example").status == 400


def test_metrics_do_not_exist_from_outside(nginx: Nginx) -> None:
    assert get(nginx, "/metrics", X_Forwarded_For="127.0.0.1").status == 404


def test_login_and_a_large_import_get_through(nginx: Nginx, house: House) -> None:
    """180 MB, what a form may carry; more is refused in words, then by nginx."""
    visitor = Visitor(nginx)
    row = b"Lamp,olha%07d@example.org," + b"x" * 950 + b"\n"
    rows = b"".join(row % number for number in range(180 * MEGABYTE // len(row)))

    assert visitor.log_in().status == 302
    taken = visitor.upload("/imports/new/", b"title,email,notes\n" + rows)

    assert taken.status == 302
    stored = (
        house.home / "imports" / taken.headers["Location"].split("/")[-2] / "upload"
    )
    assert stored.stat().st_size > 179 * MEGABYTE

    too_large = visitor.upload("/imports/new/", b"title\n" + rows + rows[:20_000_000])
    assert too_large.status == 422
    assert b"190" in too_large.body


def test_tracked_link_leads_on_and_nobody_can_say_who_they_are(
    nginx: Nginx, house: House
) -> None:
    """What a visitor claims in X-Forwarded-For counts nothing."""
    house.start("beat")
    house.start("worker")
    Ledger(house, 1).wait_until(lambda _: house.sink.mails)
    link = LINK.search(plain_text(house.sink.mails[0][2]))
    path = urlsplit(link[0]).path

    answer = get(nginx, path, X_Forwarded_For=SOMEBODY_ELSE, X_Forwarded_Proto="http")

    assert (answer.status, answer.headers["Location"]) == (
        302,
        "https://shop.example/lamp",
    )
    wait_for(lambda: house.select("SELECT ip_prefix FROM reactions_hit"))
    assert house.select("SELECT ip_prefix FROM reactions_hit") == [("127.0.0.0/24",)]
