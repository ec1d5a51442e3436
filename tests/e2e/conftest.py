"""A whole installation, started as a newcomer starts it, and a browser before it.

Tests here talk to it only as people and machines do: pages, HTTP, SMTP.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Cookie, Page, expect, sync_playwright
from tests.e2e.accessibility import problems

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 90
# How long a page may take on a machine that is busy with other tests.
expect.set_options(timeout=20_000)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    # A mail's links lead to made-up shops: no name is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# A browser without a window calls itself so, and is judged a machine for it.
PERSONS_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
# One of the demo's people for each language; all share one password.
READERS = {"en": "demo", "uk": "yurii", "fa": "shirin"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first: two processes then end at about the same time."""
    items.sort(key=lambda item: item.path.name != "test_pages.py")


@dataclass(slots=True)
class Installation:
    """One running ``winback up`` in demo mode."""

    url: str
    home: Path
    ports: dict[str, int]
    login: str = ""
    password: str = ""
    output: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
        ports = {name: str(number) for name, number in self.ports.items()}
        own = {"WINBACK_HOME": str(self.home), "WINBACK_DEMO": "1"}
        return kept | ports | own | {"PYTHONPATH": str(ROOT / "src")}


@pytest.fixture(scope="session")
def installation(tmp_path_factory) -> Iterator[Installation]:
    ports = dict(
        zip(
            ("WINBACK_PORT", "WINBACK_INBOUND_PORT", "WINBACK_MAILBOX_PORT"),
            _free_ports(3),
            strict=True,
        )
    )
    # A space, as in many people's folders.
    home = tmp_path_factory.mktemp("winback") / "my data"
    running = Installation(f"http://127.0.0.1:{ports['WINBACK_PORT']}", home, ports)
    process = subprocess.Popen(
        [sys.executable, "-m", "winback", "up"],
        cwd=ROOT,
        env=running.environment() | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    reader = threading.Thread(target=_read_output, args=(process, running))
    reader.start()
    try:
        _wait_for_greeting(process, running)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)
        reader.join()
        process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("WINBACK_TEST_CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is missing: install it (apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, installation: Installation) -> Iterator[Page]:
    """A fresh visitor; what went wrong in the page's scripts fails the test."""
    context = browser.new_context(
        base_url=installation.url, locale="en-GB", user_agent=PERSONS_BROWSER
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture(scope="session")
def sessions() -> dict[str, list[Cookie]]:
    """The cookies of everybody who has logged in by the form, by their login."""
    return {}


@pytest.fixture
def demo_page(
    page: Page, installation: Installation, sessions: dict[str, list[Cookie]]
) -> Page:
    """A visitor who is logged in with what the terminal said."""
    return _log_in(page, installation.login, installation.password, sessions)


@pytest.fixture
def log_in_as(
    page: Page, installation: Installation, sessions: dict[str, list[Cookie]]
) -> Callable[[str], Page]:
    """A function: the visitor, logged in as the demo's reader of a language."""

    def log_in(language: str) -> Page:
        login = f"{READERS[language]}@winback.example"
        return _log_in(page, login, installation.password, sessions)

    return log_in


def _log_in(
    page: Page, login: str, password: str, sessions: dict[str, list[Cookie]]
) -> Page:
    """By the form for the first time; later visitors go on with that session."""
    if login in sessions:
        page.context.add_cookies(sessions[login])
        return page
    log_in_by_form(page, login, password)
    sessions[login] = page.context.cookies()
    return page


def log_in_by_form(page: Page, login: str, password: str) -> None:
    """Leaves the visitor at the home page."""
    page.goto("/")
    page.get_by_label("Email").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator(".frame-nav nav").wait_for(state="attached")


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """A function: the serious accessibility problems of a page (WCAG 2.2 A and AA)."""
    return problems


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return numbers


def _read_output(process: subprocess.Popen[str], running: Installation) -> None:
    for line in process.stdout or ():
        running.output.append(line)


def _wait_for_greeting(process: subprocess.Popen[str], running: Installation) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        said = "".join(running.output)
        login = re.search(r"Log in\s+(\S+)", said)
        password = re.search(r"Password\s+(\S+)", said)
        if login and password and "Ctrl-C" in said:
            running.login, running.password = login[1], password[1]
            return
        time.sleep(0.1)
    raise AssertionError("winback up did not start:\n" + "".join(running.output))
