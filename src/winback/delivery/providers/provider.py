"""The provider that WINBACK_EMAIL_URL names, and what it can do."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailUnsupportedFeature, AnymailWarning
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from winback.core.provider_config import (
    PROVIDER_VARIABLE,
    provider_name,
    provider_options,
)
from winback.delivery.addresses import TEST_RECIPIENT_ID
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.providers.messages import provider_message
from winback.delivery.smtp.servers import LoopbackOnlyError, ServerUrlError

Backend = Any  # Anymail's, which has no types
_MISSING = re.compile(r"You must set ANYMAIL = \{'(\w+)'")
# What a provider insists on writing itself. Mailjet: refuses it as send-0011.
_NOT_OURS_TO_WRITE = {"mailjet": {"Message-ID"}}
# What we ask for where the provider knows it. Our own links and pixel tell who
# clicked and opened; a second rewriting would only break them.
_WISHES: dict[str, object] = {"track_opens": False, "track_clicks": False}
_NUMBER = "metadata"


class ProviderError(Exception):
    """The provider cannot be used as it is configured; says why, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider as configured; to a run it looks like a mail server."""

    name: str  # of Anymail's backend: mailgun, postmark ...
    connections: int = 4
    timeout: int = 30
    bounces_come_here: bool = False

    @property
    def key(self) -> str:
        """What limits and holds of this provider are kept under."""
        return f"anymail:{self.name}"

    @contextlib.contextmanager
    def session(self, backend: Backend) -> Iterator[None]:
        """The backend open: its connection is kept from one mail to the next."""
        backend.open()
        try:
            if getattr(backend, "session", None) is not None:
                # Who answers a mail with another address gets neither the mail
                # nor the key a second time.
                backend.session.max_redirects = 0
            yield
        finally:
            backend.close()

    def backend(self) -> Backend:
        """A backend for one thread, to be used in a ``session``.

        Raises ProviderError naming the setting or package that is missing.
        """
        try:
            kind = import_string(f"anymail.backends.{self.name}.EmailBackend")
            with warnings.catch_warnings():
                # Told by ``cautions``; a warning would reach nobody.
                warnings.simplefilter("ignore", AnymailWarning)
                return kind(**self._options())
        except ImproperlyConfigured as error:  # a missing package is one, too
            raise ProviderError(_in_our_words(error)) from error

    def message(
        self, mail: ComposedMail, recipient_id: int, *, extras: frozenset[str]
    ) -> EmailMultiAlternatives:
        """A composed mail for this provider. ``extras`` are what it knows."""
        message = provider_message(mail)
        for name in extras & _WISHES.keys():
            setattr(message, name, _WISHES[name])
        if _NUMBER in extras and recipient_id != TEST_RECIPIENT_ID:
            message.metadata = {"recipient": str(recipient_id)}  # type: ignore[attr-defined]
        if self.bounces_come_here:
            message.envelope_sender = mail.sender  # type: ignore[attr-defined]
        for name in _NOT_OURS_TO_WRITE.get(self.name, ()):
            message.extra_headers.pop(name, None)
        if self.name == "postmark":
            # https://postmarkapp.com/support/article/1047: else it makes its own.
            message.extra_headers["X-PM-KeepID"] = "true"
        return message

    def _options(self) -> dict[str, object]:
        if self.name != "amazon_ses":
            return {"timeout": (min(self.timeout, 10), self.timeout)}
        config = {
            "connect_timeout": min(self.timeout, 10),
            "read_timeout": self.timeout,
            # boto sends again by itself what may have been taken already.
            "retries": {"total_max_attempts": 1},
        }
        return {"client_params": {**_amazon_parameters(), "config": config}}


def parse_provider_url(url: str, *, is_demo: bool = False) -> Provider:
    """``anymail+name:?connections=4&timeout=30&bounces=here``.

    Raises LoopbackOnlyError in demo mode, whatever the address says, and
    ServerUrlError saying what is wrong with it.
    """
    if is_demo:
        raise LoopbackOnlyError("demo mode: a provider is not this machine")
    try:
        options = provider_options(url)
    except ValueError as error:
        raise ServerUrlError(str(error)) from error
    return Provider(
        name=provider_name(url),
        connections=options.connections,
        timeout=options.timeout,
        bounces_come_here=options.bounces_come_here,
    )


def known_extras(backend: Backend) -> frozenset[str]:
    """Which of our wishes this provider's API can be told. Sends nothing."""
    wishes: dict[str, object] = {**_WISHES, _NUMBER: {"recipient": "1"}}
    return frozenset(
        name for name, value in wishes.items() if _is_known(backend, name, value)
    )


def cautions(backend: Backend) -> Iterator[str]:
    """What an administrator should know of this provider, in English."""
    extras = known_extras(backend)
    if not _WISHES.keys() <= extras:
        yield (
            "its tracking of opens and clicks cannot be switched off from here: "
            "switch it off in its own settings"
        )
    if _NUMBER not in extras:
        yield "it takes no number of ours along, so its events are matched by address"
    if backend.esp_name == "SendGrid":
        yield "Anymail no longer tests it"


def unknown_settings(backend: Backend) -> list[str]:
    """Variables of this provider that were given, and that it never asks for."""
    asked: set[str] = getattr(settings.ANYMAIL, "asked", set())
    prefix = backend.esp_name.upper().replace(" ", "_")
    return sorted(
        f"{PROVIDER_VARIABLE}{name}"
        for name in settings.ANYMAIL
        if name.startswith(prefix) and name not in asked and "WEBHOOK" not in name
    )


def _amazon_parameters() -> dict[str, object]:
    name = "AMAZON_SES_CLIENT_PARAMS"
    try:
        given = settings.ANYMAIL[name]
    except KeyError:
        return {}
    if not isinstance(given, dict):
        raise ProviderError(f"{PROVIDER_VARIABLE}{name} is no JSON object")
    return given


def _is_known(backend: Backend, name: str, value: object) -> bool:
    message = EmailMultiAlternatives("?", "?", "us@example.com", ["you@example.com"])
    setattr(message, name, value)
    try:
        backend.build_message_payload(message, backend.send_defaults)
    except AnymailUnsupportedFeature:
        return False
    return True


def _in_our_words(error: ImproperlyConfigured) -> str:
    text = str(error)
    missing = _MISSING.search(text)
    if missing:
        return f"{PROVIDER_VARIABLE}{missing[1]} is missing"
    return text.splitlines()[0] if text else type(error).__name__
