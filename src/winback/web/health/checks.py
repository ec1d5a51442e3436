"""Looks at the parts of an installation; none of them raises."""

from __future__ import annotations

import shutil
import smtplib
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from winback.consent.services.facts import count_wrong_facts
from winback.core.config import Config, is_loopback
from winback.core.frontend import built_files
from winback.delivery.queries import leads_mailed_later_than_noted
from winback.web.health.inbound import (
    check_lmtp,
    check_mailboxes,
    check_webhooks,
)
from winback.web.health.rules import (
    Finding,
    judge_clock,
    judge_disk,
    judge_public_url,
    ok,
    warning,
    wrong,
)
from winback.web.health.sending import check_dkim, check_senders, first_line

TIMEOUT_SECONDS = 5


def check_database() -> Finding:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        return wrong(
            "database",
            f"{connection.vendor} does not answer: {first_line(error)}",
            "Start the database server or mend WINBACK_DATABASE_URL.",
        )
    if waiting:
        return wrong(
            "database",
            f"{connection.vendor}, migrations to run: {len(waiting)}",
            "Run: winback migrate",
        )
    return ok("database", f"{connection.vendor}, up to date")


def check_broker() -> Finding:
    url = settings.CELERY_BROKER_URL
    scheme = urlsplit(url).scheme
    if scheme == "filesystem":
        return ok("broker", "folder in WINBACK_HOME")
    try:
        with Connection(url, connect_timeout=TIMEOUT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=TIMEOUT_SECONDS)
    except (OperationalError, OSError) as error:
        return wrong(
            "broker",
            f"{scheme} does not answer: {first_line(error)}",
            "Start it or mend WINBACK_BROKER_URL. No mail is lost meanwhile.",
        )
    return ok("broker", scheme)


def check_listener() -> Finding:
    config = _config()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(  # noqa: S104 - compared
        config.inbound_bind, config.inbound_bind
    )
    where = f"{host}:{config.inbound_port}"
    try:
        with smtplib.SMTP(host, config.inbound_port, timeout=TIMEOUT_SECONDS) as server:
            server.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        return warning(
            "replies and bounces",
            f"nobody listens on {where}: {first_line(error)}",
            "Run winback up, or winback inbound listen as a unit of its own.",
        )
    return ok("replies and bounces", f"listener on {where}, {config.inbound_domain}")


def check_public_url() -> Finding:
    config = _config()
    parts = urlsplit(config.public_url)
    host = parts.hostname or ""
    problem = judge_public_url(
        scheme=parts.scheme, is_loopback=is_loopback(host), demo=config.demo
    )
    if problem is not None:
        return problem
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return wrong(
            "public address",
            f"the name {host} is not known",
            "Enter it in your DNS or mend WINBACK_PUBLIC_URL.",
        )
    return ok("public address", config.public_url)


def check_disk() -> Finding:
    return judge_disk(shutil.disk_usage(_config().home).free)


def check_clock() -> Finding:
    if connection.vendor == "sqlite":
        return ok("clock", f"{timezone.now():%Y-%m-%d %H:%M} UTC")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
    except Error:
        return warning("clock", "not compared", "Mend the database first.")
    return judge_clock((timezone.now() - theirs).total_seconds())


def check_secret_key() -> Finding:
    path = _config().home / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return wrong("secret key", "others may read it", f"Run: chmod 600 '{path}'")
    return ok("secret key", "kept to its owner" if path.exists() else "given")


def check_front_end() -> Finding:
    if not built_files():
        return wrong("front end", "is not built", "Run: make setup")
    return ok("front end", "built")


def check_demo_mode() -> Finding:
    if not _config().demo:
        return ok("demo mode", "off")
    if not is_loopback(_config().bind):
        return warning(
            "demo mode",
            "on, and other machines reach it",
            "Everybody in your network can log in as its demo people.",
        )
    return ok("demo mode", "on: mail stays on this machine")


def check_blacklist_marks() -> Finding:
    try:
        drifted = count_wrong_facts()
    except Error:
        return warning("blacklist marks", "not counted", "Mend the database first.")
    if drifted:
        return wrong(
            "blacklist marks",
            f"or other copies of what is known of an address are wrong on {drifted} "
            "leads (nobody is mailed by mistake)",
            "Run: winback doctor --repair",
        )
    return ok("blacklist marks", "agree with the blacklist")


def check_last_mailed_dates() -> Finding:
    try:
        drifted = leads_mailed_later_than_noted().count()
    except Error:
        return warning("last mailed", "not compared", "Mend the database first.")
    if drifted:
        return wrong(
            "last mailed",
            f"behind the mailings' records on {drifted} leads (the pause between "
            "two mailings may fail them)",
            "Run: winback doctor --repair",
        )
    return ok("last mailed", "agrees with the mailings' records")


ALL_CHECKS: tuple[Callable[[], Finding], ...] = (
    check_database,
    check_broker,
    check_dkim,
    check_listener,
    check_public_url,
    check_front_end,
    check_secret_key,
    check_disk,
    check_clock,
    check_demo_mode,
    check_blacklist_marks,
    check_last_mailed_dates,
)


def all_findings() -> list[Finding]:
    """What the doctor tells, in the order in which it is worth mending."""
    first, others = ALL_CHECKS[:2], ALL_CHECKS[2:]
    return [
        *(check() for check in first),
        *check_senders(),
        *(check() for check in others),
        *check_lmtp(),
        *check_mailboxes(),
        *check_webhooks(),
    ]


def _config() -> Config:
    config: Config = settings.CONFIG
    return config
