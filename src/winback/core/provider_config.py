"""What the environment says of a provider: WINBACK_EMAIL_URL, WINBACK_ANYMAIL_….

No Django here, like in ``core.config``. Problems are added to a list, each
naming its variable and never what is in it.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

PROVIDER_SCHEME = "anymail+"
PROVIDER_VARIABLE = "WINBACK_ANYMAIL_"
MOST_CONNECTIONS = 50
LONGEST_TIMEOUT = 300  # seconds
_ONLY_OPTIONS = re.compile(r"(?://)?(?:\?(.*))?")
_PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
# Modules of anymail.backends that send nothing to a provider, and an old name.
_NO_PROVIDERS = {"base", "base_requests", "console", "test", "sendinblue"}
# What would make an unsupported feature silent, or print mails and secrets.
_REFUSED_SETTINGS = {
    "IGNORE_UNSUPPORTED_FEATURES",
    "IGNORE_RECIPIENT_STATUS",
    "DEBUG_API_REQUESTS",
    "SEND_DEFAULTS",
    "REQUESTS_TIMEOUT",
}


class ProviderSettings(dict[str, object]):
    """Anymail's settings; remembers which of them were asked for."""

    def __init__(self, given: Mapping[str, object]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.asked.add(name)
        return super().__getitem__(name)


def is_provider_url(url: str) -> bool:
    """Whether mail goes through a provider's API, not to a mail server."""
    return url.startswith(PROVIDER_SCHEME)


def provider_name(url: str) -> str:
    """The name of Anymail's backend in ``anymail+mailgun:``; hyphens are fine."""
    scheme = url.partition(":")[0]
    return scheme.removeprefix(PROVIDER_SCHEME).replace("-", "_").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOptions:
    """What stands behind the question mark of a provider's address."""

    connections: int = 4
    timeout: int = 30  # seconds, for connecting and between two bytes of an answer
    # The provider is told our own envelope sender, so that bounces come back to
    # the listener here; its domain must be known to the provider.
    bounces_come_here: bool = False


def provider_options(url: str) -> ProviderOptions:
    """``?connections=4&timeout=30&bounces=here``; any of them may be missing.

    Raises ValueError saying what is wrong.
    """
    match = _ONLY_OPTIONS.fullmatch(url.partition(":")[2])
    if match is None:
        raise ValueError(
            f"write {PROVIDER_SCHEME}{provider_name(url)}: and no more; what the "
            f"provider wants to know is told by {PROVIDER_VARIABLE}…"
        )
    options = dict(parse_qsl(match[1] or "", keep_blank_values=True))
    unknown = options.keys() - {"connections", "timeout", "bounces"}
    if unknown:
        raise ValueError(f"no such option: {', '.join(sorted(unknown))}")
    if options.get("bounces", "here") != "here":
        raise ValueError("bounces can only be here, or is left out")
    return ProviderOptions(
        connections=_number(options, "connections", 4, most=MOST_CONNECTIONS),
        timeout=_number(options, "timeout", 30, most=LONGEST_TIMEOUT),
        bounces_come_here="bounces" in options,
    )


def _number(options: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = options.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{name} is a number from 1 to {most}")
    return int(text)


def check_provider_url(url: str, problems: list[str]) -> None:
    """Adds to ``problems`` what is wrong with ``anymail+name:?connections=4``."""
    name = provider_name(url)
    known = _PROVIDER.fullmatch(name) and name not in _NO_PROVIDERS
    if not known or importlib.util.find_spec(f"anymail.backends.{name}") is None:
        problems.append(
            f"WINBACK_EMAIL_URL: Anymail knows no provider {name!r}: it knows "
            f"{', '.join(sorted(known_providers()))}."
        )
    try:
        provider_options(url)
    except ValueError as error:
        problems.append(f"WINBACK_EMAIL_URL: {error}.")


def known_providers() -> Iterator[str]:
    """The names of all backends of the installed Anymail."""
    package = importlib.util.find_spec("anymail.backends")
    for folder in (package and package.submodule_search_locations) or ():
        names = {path.stem for path in Path(folder).glob("*.py")}
        yield from names - _NO_PROVIDERS - {"__init__"}


def provider_settings(
    environ: Mapping[str, str], problems: list[str]
) -> dict[str, object]:
    """Anymail's settings out of ``WINBACK_ANYMAIL_<NAME>``.

    ``true`` and ``false`` are truth values, what begins with ``{`` is JSON, all
    else is text. Names that would make a provider's limits silent, or show mails
    and keys to others, are refused.
    """
    found: dict[str, object] = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PROVIDER_VARIABLE):
            continue
        name = variable.removeprefix(PROVIDER_VARIABLE)
        if any(name.endswith(refused) for refused in _REFUSED_SETTINGS):
            problems.append(f"{variable}: may not be set.")
            continue
        try:
            found[name] = _setting(text.strip())
        except ValueError:
            problems.append(f"{variable}: begins like JSON and is none.")
    return found


def _setting(text: str) -> object:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return json.loads(text) if text.startswith("{") else text
