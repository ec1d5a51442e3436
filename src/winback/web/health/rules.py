"""What a finding is, and what makes one of plain figures."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass

GIB = 1024**3
LOW_DISK_BYTES = 2 * GIB
FULL_DISK_BYTES = GIB // 4
CLOCK_TOLERANCE_SECONDS = 5


class State(enum.StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: what was looked at, what is there, the cure."""

    subject: str
    state: State
    says: str
    cure: str = ""

    def as_json(self) -> dict[str, str]:
        return {**asdict(self), "state": self.state.value}


def ok(subject: str, says: str) -> Finding:
    return Finding(subject, State.OK, says)


def warning(subject: str, says: str, cure: str) -> Finding:
    return Finding(subject, State.WARNING, says, cure)


def wrong(subject: str, says: str, cure: str) -> Finding:
    return Finding(subject, State.WRONG, says, cure)


def judge_disk(free_bytes: int) -> Finding:
    says = f"{free_bytes / GIB:.1f} GiB free"
    cure = "Make room on the disk of WINBACK_HOME, or choose another folder."
    if free_bytes < FULL_DISK_BYTES:
        return wrong("disk", says, cure)
    if free_bytes < LOW_DISK_BYTES:
        return warning("disk", says, cure)
    return ok("disk", says)


def judge_clock(difference_seconds: float) -> Finding:
    """This machine's clock against the database server's."""
    if abs(difference_seconds) > CLOCK_TOLERANCE_SECONDS:
        return wrong(
            "clock",
            f"{abs(difference_seconds):.0f} s away from the database server's",
            "Let both machines set their clocks by NTP.",
        )
    return ok("clock", "agrees with the database server")


def judge_public_url(*, scheme: str, is_loopback: bool, demo: bool) -> Finding | None:
    """What is wrong with the address of our links; None when nothing is."""
    if is_loopback and not demo:
        return warning(
            "public address",
            "leads to this machine only, so links in mails work for nobody else",
            "Set WINBACK_PUBLIC_URL to the address that people reach.",
        )
    if scheme == "http" and not is_loopback:
        return warning(
            "public address",
            "is not encrypted; one-click unsubscribing needs https (RFC 8058)",
            "Put a web server with a certificate before Winback: deploy/nginx.conf.",
        )
    return None
