"""The installation's configuration: environment in, one checked object out.

No Django here, so that the command line can check everything and say what is
wrong before anything starts.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit
from zoneinfo import ZoneInfo

from winback.core import provider_config, sender_urls
from winback.core.dkim_config import DkimKey, dkim_keys
from winback.core.imap_config import ImapMailbox, imap_mailboxes
from winback.core.loopback import is_loopback as is_loopback

LANGUAGES = ("en", "uk", "fa")
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"", "0", "false", "no", "off"}
DATABASE_SCHEMES = {"sqlite", "postgres", "postgresql"}
BROKER_SCHEMES = {"filesystem", "redis", "rediss", "amqp", "amqps"}
EMAIL_SCHEMES = {"smtp", "smtp+tls", "smtps"}
KNOWN_VARIABLES = {
    "WINBACK_HOME",
    "WINBACK_DATABASE_URL",
    "WINBACK_BROKER_URL",
    "WINBACK_EMAIL_URL",
    "WINBACK_PUBLIC_URL",
    "WINBACK_BIND",
    "WINBACK_PORT",
    "WINBACK_ALLOWED_HOSTS",
    "WINBACK_SECRET_KEY",
    "WINBACK_FORMER_SECRET_KEYS",
    "WINBACK_DEMO",
    "WINBACK_DEBUG",
    "WINBACK_TIME_ZONE",
    "WINBACK_LANGUAGE",
    "WINBACK_INBOUND_BIND",
    "WINBACK_INBOUND_PORT",
    "WINBACK_INBOUND_DOMAIN",
    "WINBACK_INBOUND_LMTP",
    "WINBACK_INBOUND_IMAP",
    "WINBACK_INBOUND_DAYS",
    "WINBACK_MAILBOX_PORT",
    "WINBACK_LOG_FORMAT",
    "WINBACK_WORKERS",
    "WINBACK_DKIM",
    "WINBACK_MACHINE_NETWORKS",
    "WINBACK_PEOPLE_NETWORKS",
    "WINBACK_ASK_OUTSIDE",
    "WINBACK_SPAMD",
    "WINBACK_RSPAMD_URL",
}


class ConfigError(Exception):
    """The environment is wrong; ``problems`` names each variable and the cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything an installation can be told from outside."""

    home: Path
    database_url: str
    broker_url: str
    email_url: str
    public_url: str
    bind: str
    port: int
    allowed_hosts: tuple[str, ...]
    secret_key: str
    demo: bool
    debug: bool
    time_zone: str
    language: str
    inbound_bind: str
    inbound_port: int
    inbound_domain: str
    mailbox_port: int
    log_format: str
    workers: int  # processes of one ``winback worker``
    inbound_lmtp: str = ""  # host:port or the path of a socket; "": none
    inbound_imap: tuple[ImapMailbox, ...] = ()
    inbound_days: int = 365  # how long what came in is kept as it came
    # Where only programs come from, and where people do whatever we think.
    machine_networks: tuple[str, ...] = ()
    people_networks: tuple[str, ...] = ()
    # Whether links and pictures of a mail are tried before it is sent.
    asks_outside: bool = False
    spamd: str = ""  # host:port
    rspamd_url: str = ""
    dkim: tuple[DkimKey, ...] = ()
    # Links of mails that are out were signed with them: read, never written.
    former_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    # Anymail's, secrets among them: never shown.
    anymail: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def email_urls(self) -> tuple[str, ...]:
        """One address for each sender."""
        return tuple(self.email_url.split())


@dataclass(slots=True)
class _Reader:
    """Reads single variables and gathers what is wrong with them."""

    environ: Mapping[str, str]
    problems: list[str]

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        if name not in self.environ:
            return default
        word = self.environ[name].strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            self.problems.append(f"{name}={word!r}: use 1 or 0.")
        return word in TRUE_WORDS

    def port(self, name: str, default: int) -> int:
        raw = self.text(name, str(default))
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 65535:
            self.problems.append(f"{name}={raw!r}: a port is a number from 1 to 65535.")
            return default
        return int(raw)

    def count(self, name: str, default: int, *, least: int = 1, most: int = 256) -> int:
        raw = self.text(name, str(default))
        digits = raw.isascii() and raw.isdigit() and len(raw) < 10
        if not digits or not least <= int(raw) <= most:
            words = f"use a number from {least} to {most}"
            self.problems.append(f"{name}={raw!r}: {words}.")
            return default
        return int(raw)

    def lmtp(self, name: str) -> str:
        """``host:port`` or the absolute path of a socket."""
        raw = self.text(name, "")
        port = raw.rpartition(":")[2]
        is_port = port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535
        if raw and not raw.startswith("/") and not (":" in raw and is_port):
            words = "write host:port or the absolute path of a socket"
            self.problems.append(f"{name}={raw!r}: {words}.")
        return raw

    def networks(self, name: str) -> tuple[str, ...]:
        """Networks as wide as what is kept of a visitor's address, or wider."""
        words = self.text(name, "").replace(",", " ").split()
        self.problems.extend(
            f"{name}={word!r}: write a network of at most /24 (IPv6: /48), "
            "such as 192.0.2.0/24; no more is kept of an address."
            for word in words
            if not _is_wide_network(word)
        )
        return tuple(words)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        word = self.text(name, default)
        if word not in allowed:
            self.problems.append(f"{name}={word!r}: use one of {', '.join(allowed)}.")
        return word

    def email_url(self, default: str) -> str:
        """One address for each sender, with white space between them."""
        raw = self.text("WINBACK_EMAIL_URL", default)
        for url in raw.split():
            if not provider_config.is_provider_url(url):
                self._check_scheme("WINBACK_EMAIL_URL", url, EMAIL_SCHEMES)
            elif of_server := _without_options(url):
                provider_config.check_provider_url(of_server, self.problems)
        sender_urls.check_senders(raw.split(), self.problems)
        return raw

    def url(self, name: str, default: str, schemes: set[str]) -> str:
        raw = self.text(name, default)
        self._check_scheme(name, raw, schemes)
        return raw

    def optional_url(self, name: str, schemes: set[str]) -> str:
        return self.url(name, "", schemes).rstrip("/") if self.text(name, "") else ""

    def host_and_port(self, name: str) -> str:
        """``host:port``; empty if nothing is given."""
        raw = self.text(name, "")
        host, _colon, port = raw.rpartition(":")
        fits = port.isascii() and port.isdigit() and 1 <= int(port) <= 65535
        if raw and not (host and fits):
            self.problems.append(f"{name}={raw!r}: write it as host:port.")
        return raw

    def _check_scheme(self, name: str, url: str, schemes: set[str]) -> None:
        if _split(url).scheme not in schemes:
            wanted = ", ".join(f"{known}://" for known in sorted(schemes))
            self.problems.append(f"{name}={_masked(url)!r}: begin it with {wanted}.")


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The checked configuration of this process.

    Creates the home folder and, where no WINBACK_SECRET_KEY is given, a key
    file readable by its owner only. Raises ConfigError naming every problem at
    once, not just the first.
    """
    reader = _Reader(os.environ if environ is None else environ, [])
    reader.problems.extend(_unknown_variables(reader.environ))
    home = Path(reader.text("WINBACK_HOME", str(_default_home()))).expanduser()
    _prepare_home(home, reader.problems)
    port = reader.port("WINBACK_PORT", 8000)
    bind = reader.text("WINBACK_BIND", "127.0.0.1")
    mailbox_port = reader.port("WINBACK_MAILBOX_PORT", 8025)
    database_url = reader.url(
        "WINBACK_DATABASE_URL",
        f"sqlite:///{quote(str(home.absolute() / 'winback.sqlite3'))}",
        DATABASE_SCHEMES,
    )
    demo = reader.flag("WINBACK_DEMO", default=False)
    config = Config(
        home=home,
        database_url=database_url,
        broker_url=reader.url("WINBACK_BROKER_URL", "filesystem://", BROKER_SCHEMES),
        email_url=reader.email_url(f"smtp://127.0.0.1:{mailbox_port}"),
        public_url=reader.url(
            "WINBACK_PUBLIC_URL", f"http://{_reachable(bind)}:{port}", {"http", "https"}
        ).rstrip("/"),
        bind=bind,
        port=port,
        allowed_hosts=tuple(reader.text("WINBACK_ALLOWED_HOSTS", "").split()),
        secret_key=_secret_key(reader.text("WINBACK_SECRET_KEY", ""), home),
        demo=demo,
        debug=reader.flag("WINBACK_DEBUG", default=False),
        time_zone=reader.text("WINBACK_TIME_ZONE", "UTC"),
        language=reader.choice("WINBACK_LANGUAGE", "en", LANGUAGES),
        inbound_bind=reader.text("WINBACK_INBOUND_BIND", "127.0.0.1"),
        inbound_port=reader.port("WINBACK_INBOUND_PORT", 8026),
        inbound_domain=reader.text("WINBACK_INBOUND_DOMAIN", "reply.localhost"),
        inbound_lmtp=reader.lmtp("WINBACK_INBOUND_LMTP"),
        inbound_imap=imap_mailboxes(
            reader.text("WINBACK_INBOUND_IMAP", ""), reader.problems
        ),
        inbound_days=reader.count("WINBACK_INBOUND_DAYS", 365, least=30, most=3650),
        mailbox_port=mailbox_port,
        log_format=reader.choice("WINBACK_LOG_FORMAT", "text", ("text", "json")),
        workers=reader.count("WINBACK_WORKERS", _default_workers(database_url)),
        machine_networks=reader.networks("WINBACK_MACHINE_NETWORKS"),
        people_networks=reader.networks("WINBACK_PEOPLE_NETWORKS"),
        asks_outside=reader.flag("WINBACK_ASK_OUTSIDE", default=not demo),
        spamd=reader.host_and_port("WINBACK_SPAMD"),
        rspamd_url=reader.optional_url("WINBACK_RSPAMD_URL", {"http", "https"}),
        dkim=dkim_keys(reader.text("WINBACK_DKIM", ""), reader.problems),
        former_secret_keys=tuple(reader.text("WINBACK_FORMER_SECRET_KEYS", "").split()),
        anymail=provider_config.provider_settings(reader.environ, reader.problems),
    )
    reader.problems.extend(_contradictions(config))
    if reader.problems:
        raise ConfigError(reader.problems)
    return config


def _is_wide_network(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return False
    return network.prefixlen <= (24 if network.version == 4 else 48)


def _default_home() -> Path:
    """``var/`` of the checkout this file lies in, else of the working folder."""
    project = Path(__file__).resolve().parents[3]
    return (project if (project / "pyproject.toml").exists() else Path.cwd()) / "var"


def _default_workers(database_url: str) -> int:
    """SQLite has one writer at a time, so more processes would only wait."""
    return 1 if _split(database_url).scheme == "sqlite" else os.cpu_count() or 1


def _prepare_home(home: Path, problems: list[str]) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problems.append(
            f"WINBACK_HOME={str(home)!r}: cannot be made: {error.strerror}."
        )
        return
    if not os.access(home, os.W_OK):
        problems.append(f"WINBACK_HOME={str(home)!r}: this user may not write there.")


def _secret_key(given: str, home: Path) -> str:
    if given:
        return given
    path = home / "secret.key"
    try:
        if not path.exists():
            # Linked into place, so that of two first starts one key wins.
            fresh = home / f".secret.key.{os.getpid()}"
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text().strip()
    except OSError:
        return ""  # the home folder's own problem is on the list already


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: no such setting; see docs/admin.md for the list."
        for name in sorted(environ)
        if name.startswith("WINBACK_")
        and name not in KNOWN_VARIABLES
        and not name.startswith(("WINBACK_TEST_", provider_config.PROVIDER_VARIABLE))
    ]


def _contradictions(config: Config) -> list[str]:
    problems = []
    try:
        ZoneInfo(config.time_zone)
    except (KeyError, OSError, ValueError):
        problems.append(
            f"WINBACK_TIME_ZONE={config.time_zone!r}: use a name like Europe/Kyiv."
        )
    hosts = [_split(url).hostname or "" for url in config.email_urls]
    if config.demo and not all(map(is_loopback, hosts)):
        problems.append(
            "WINBACK_EMAIL_URL: in demo mode (WINBACK_DEMO=1) mail may only go to "
            "this machine, so that made-up people are never written to."
        )
    if config.demo and not all(is_loopback(box.host) for box in config.inbound_imap):
        problems.append(
            "WINBACK_INBOUND_IMAP: in demo mode (WINBACK_DEMO=1) only a mail server "
            "on this machine is read."
        )
    if not config.secret_key:
        problems.append("WINBACK_SECRET_KEY: none given and none could be kept.")
    return problems


def _without_options(url: str) -> str:
    """The provider's address alone; empty if the sender's options are wrong."""
    try:
        return sender_urls.split_sender_url(url)[0]
    except ValueError:
        return ""  # told by check_senders


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _masked(url: str) -> str:
    """The address without its password, fit for a message."""
    parts = _split(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@")


def _reachable(bind: str) -> str:
    if bind in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{bind}]" if ":" in bind else bind
