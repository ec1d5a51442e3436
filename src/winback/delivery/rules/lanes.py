"""In which lane a mail queues: by its receiving domain, or by who runs its server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# Rows that test the water queue apart, and fall under their lane's limits all
# the same: "canary/google".
CANARY = "canary/"
AFTER_CANARY = "canary0"  # the first text after all that begin with CANARY
# Mail servers of the large groups, by the end of their names (each provider's
# own set-up guide tells its customers to enter these as their MX).
_MAIL_SERVERS = {
    ".google.com": "google",
    ".googlemail.com": "google",
    ".protection.outlook.com": "microsoft",
    ".mx.microsoft": "microsoft",
    ".yahoodns.net": "yahoo",
    ".mail.icloud.com": "apple",
    ".ukr.net": "ukr.net",
    ".gmx.net": "gmx",
    ".protonmail.ch": "proton",
    ".zoho.com": "zoho",
    ".zoho.eu": "zoho",
    ".zoho.in": "zoho",
    ".mail.ru": "mail.ru",
    ".yandex.net": "yandex",
    ".yandex.ru": "yandex",
}
ASK_AGAIN_AFTER_DAYS = 90


def lane_of_servers(exchanges: Iterable[tuple[int, str]]) -> str:
    """The lane of a domain with these MX records (preference, host); "" for none.

    The most preferred server decides: it is the one that mail goes to.
    """
    for _preference, host in sorted(exchanges):
        name = "." + host.rstrip(".").lower()
        for end, lane in _MAIL_SERVERS.items():
            if name.endswith(end):
                return lane
        return ""
    return ""


def group_of(lane: str) -> str:
    """The receiving group whose limits hold for a lane."""
    return lane.removeprefix(CANARY)


def is_canary(lane: str) -> bool:
    return lane.startswith(CANARY)


def in_turn(lanes: Sequence[str], last: str | None) -> list[str]:
    """All lanes, beginning after the ``last`` one served: none has to starve."""
    ordered = sorted(lanes)
    if last is None:
        return ordered
    later = [lane for lane in ordered if lane > last]
    return later + [lane for lane in ordered if lane <= last]
