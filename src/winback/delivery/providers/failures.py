"""Anymail's exceptions read: how far a mail came, and what the provider said."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping

import requests
from anymail.exceptions import AnymailRecipientsRefused
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from winback.delivery.providers.rules import (
    Failure,
    Reach,
    Verdict,
    judge_failure,
    plain_text,
    retry_after_seconds,
)
from winback.delivery.rules import Outcome

# Words of OpenSSL for talks that end before anything of ours was said.
_HANDSHAKE = (
    *("CERTIFICATE_VERIFY", "WRONG_VERSION_NUMBER", "HANDSHAKE"),
    *("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION"),
)
# boto's, by name: boto is there only where somebody sends through Amazon.
_NOWHERE = {
    "ConnectTimeoutError",
    "EndpointConnectionError",
    "ProxyConnectionError",
}
_NOT_OURS = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "NoRegionError",
    "ParamValidationError",
}
_WORDS = ("message", "Message", "ErrorMessage", "error", "detail", "title")
_AROUND = ("error", "errors", "Errors", "Messages")


def judge_exception(provider: str, error: Exception) -> Verdict:
    """What an exception that came out of a hand-over means for the mail."""
    if isinstance(error, AnymailRecipientsRefused):
        said = _said(_innermost(_body(getattr(error, "response", None))))
        text = said or "The provider refuses this recipient."
        return Verdict(Outcome.ADDRESS, plain_text(text))
    return judge_failure(failure_of(provider, error))


def failure_of(provider: str, error: Exception) -> Failure:
    """An exception as plain values; never raises."""
    causes = list(_chain(error))
    for cause in causes:
        response = getattr(cause, "response", None)
        if isinstance(response, requests.Response):
            return _of_response(provider, error, response)
        if isinstance(response, Mapping):  # boto's
            return _of_boto(provider, response)
    reach, why = _reach(causes), _why(causes)
    said = {
        Reach.NOWHERE: f"{provider} cannot be reached: {why}",
        Reach.NOT_OURS: why,
        Reach.UNKNOWN: f"{provider} gave no answer: {why}",
    }[reach]
    return Failure(provider=provider, text=plain_text(said), reach=reach)


def _of_response(
    provider: str, error: Exception, response: requests.Response
) -> Failure:
    body = _innermost(_body(response))
    said = _said(body) or str(error.args[0] if error.args else "") or response.reason
    return Failure(
        provider=provider,
        text=plain_text(f"{response.status_code} {said}"),
        status=response.status_code,
        code=_code(body),
        retry_after=retry_after_seconds(response.headers.get("Retry-After", "")),
    )


def _of_boto(provider: str, response: Mapping[str, object]) -> Failure:
    told, about = response.get("Error"), response.get("ResponseMetadata")
    fault = told if isinstance(told, Mapping) else {}
    facts = about if isinstance(about, Mapping) else {}
    status = facts.get("HTTPStatusCode")
    return Failure(
        provider=provider,
        text=plain_text(f"{fault.get('Code', '')} {fault.get('Message', '')}"),
        status=status if isinstance(status, int) else 0,
        code=str(fault.get("Code", "")),
    )


def _reach(causes: list[BaseException]) -> Reach:
    """How far a request without an answer came; UNKNOWN unless it is certain."""
    if any(_is_nowhere(cause) for cause in causes):
        return Reach.NOWHERE
    return Reach.NOT_OURS if any(map(_is_ours, causes)) else Reach.UNKNOWN


def _why(causes: list[BaseException]) -> str:
    """The innermost cause; the system's own words where it has some."""
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    last = causes[-1]
    return str(last.args[0]) if last.args else type(last).__name__


def _is_nowhere(error: BaseException) -> bool:
    if isinstance(error, ssl.SSLError):
        return any(word in (error.reason or "") for word in _HANDSHAKE)
    kinds = (
        NewConnectionError,  # a name that is not known is one, too
        ConnectTimeoutError,
        requests.exceptions.ProxyError,
    )
    return isinstance(error, kinds) or type(error).__name__ in _NOWHERE


def _is_ours(error: BaseException) -> bool:
    kinds = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidHeader,
    )
    return isinstance(error, kinds) or type(error).__name__ in _NOT_OURS


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, the ways of ``raise`` and of urllib3."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None)]
        waiting += [e for e in [*inner, *one.args] if isinstance(e, BaseException)]


def _body(response: object) -> object:
    if not isinstance(response, requests.Response):
        return None
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        is_text = "html" not in response.headers.get("Content-Type", "")
        return response.text[:1000] if is_text else ""


def _innermost(body: object) -> object:
    """The part of an answer that tells the error, in whatever shape it comes."""
    for _ in range(8):  # nobody nests deeper
        if isinstance(body, list) and body:
            body = body[0]
        elif isinstance(body, dict) and not _message(body):
            inner = [body[name] for name in _AROUND if body.get(name)]
            if not inner:
                return body
            body = inner[0]
        else:
            return body
    return body


def _message(body: Mapping[str, object]) -> str:
    texts = (body.get(word) for word in _WORDS)
    return next((text for text in texts if isinstance(text, str) and text), "")


def _said(body: object) -> str:
    """The provider's own words."""
    if isinstance(body, str):
        return body
    return _message(body) + _place(body) if isinstance(body, dict) else ""


def _place(body: Mapping[str, object]) -> str:
    """SendGrid and Mailjet say in a field of its own what an error is about."""
    place = body.get("field") or body.get("ErrorRelatedTo")
    if isinstance(place, list):
        place = ", ".join(map(str, place))
    return f" ({place})" if isinstance(place, str) and place else ""


def _code(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    for name in ("ErrorCode", "name", "code", "type"):
        if isinstance(body.get(name), str | int):
            return str(body[name])
    return ""
