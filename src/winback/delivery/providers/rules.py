"""What a provider's answer means: values in, values out."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from winback.delivery.rules import Outcome

LONGEST_TEXT = 400
# A pause up to this is waited for by the crew, a longer one by the mailing.
LONGEST_PAUSE_SECONDS = 30.0
# What a provider may make us wait at most; one that says more is asked earlier.
LONGEST_REST_SECONDS = 3600.0


class Reach(enum.StrEnum):
    """How far a request came that got no answer."""

    NOWHERE = "nowhere"  # no connection: nothing was sent
    NOT_OURS = "not_ours"  # our own settings keep it from being sent
    UNKNOWN = "unknown"  # it may have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A hand-over that did not end well, as plainly as it can be said."""

    provider: str
    text: str
    status: int = 0  # of HTTP; 0 without an answer
    code: str = ""  # the provider's own name or number of the error
    retry_after: float | None = None  # seconds, if the provider said so
    reach: Reach = Reach.UNKNOWN


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a mail, and whether everybody else has to wait."""

    outcome: Outcome  # NOT_BEGUN: surely not taken, and not this mail's fault
    text: str
    wants_pause: bool = False
    pause_seconds: float | None = None  # as the provider said, if it did
    provider_id: str = ""  # how the provider calls a mail it took


# RFC 9110, 15.6: a gateway speaks that does not know what became of the request.
# 520 and 524 are Cloudflare's words for the same.
_GATEWAY_DOES_NOT_KNOW = {502, 504, 520, 524}
# 301, 307 and 308: the provider has moved, and has done nothing yet.
_ACCOUNT_STATUSES = {301, 307, 308, 401, 402, 403, 404, 405, 406, 407, 415, 451}
_NOT_TAKEN_STATUSES = {408, 425}
_PAUSE_STATUSES = {429}
# Who is meant by a refusal: the person written to ...
_ABOUT_RECIPIENT = re.compile(
    r"""['"`]to['"`] | \b(in|for)\s+to\b | personalizations\S*\.to\b
    | \brecipients?\b | \bto\ (address|email|field) """,
    re.I | re.X,
)
# ... or we. What would refuse everybody stops the mailing and fails nobody.
_ABOUT_US = re.compile(
    r"""['"`](from|reply_?-?to|sender)['"`] | \b(in|for)\s+(from|sender|reply-?to)\b
    | \bfrom\ (address|email|field) | \bsender | \breply-?_?to
    | \bcredits?\b | \bquota | \bplan\b | \baccount | \bapi.?key | \btoken\b
    | \bverif(y|ied|ication) | \bsuspend | \bactivat | \bunauthori[sz]ed
    | \bnot\ (allowed|permitted|authori[sz]ed) | \bpermission""",
    re.I | re.X,
)
# Codes whose meaning the status hides. Postmark: its list of API error codes;
# Mandrill answers 500 to everything and tells by a name; SES: the errors of
# SendEmail, and the common ones.
_CODES: dict[tuple[str, str], Outcome] = {
    **{
        ("postmark", code): Outcome.ACCOUNT
        for code in ("10", "400", "401", "405", "412", "413")
    },
    ("postmark", "100"): Outcome.RETRY,
    **{
        ("mandrill", code): Outcome.ACCOUNT
        for code in ("Invalid_Key", "PaymentRequired", "Unknown_Subaccount")
    },
    ("mandrill", "ValidationError"): Outcome.MESSAGE,
    ("mailjet", "send-0011"): Outcome.ACCOUNT,  # a header it does not let us write
    **{
        ("amazon_ses", code): Outcome.ACCOUNT
        for code in (
            "AccountSuspendedException",
            "SendingPausedException",
            "MailFromDomainNotVerifiedException",
            "AccessDeniedException",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "ExpiredTokenException",
        )
    },
    **{
        ("amazon_ses", code): Outcome.NOT_BEGUN
        for code in (
            "TooManyRequestsException",
            "ThrottlingException",
            "Throttling",
            "LimitExceededException",
        )
    },
}


def judge_failure(failure: Failure) -> Verdict:
    """What a failure means for the mail in hand.

    Whatever may have been taken is UNCERTAIN: a second mail does more harm than
    a person who has to look. What would meet every mail is the account's.
    """
    known = _CODES.get((failure.provider, failure.code))
    if known is Outcome.NOT_BEGUN:
        return _pause(failure)
    if known is not None:
        return Verdict(known, failure.text)
    if failure.status == 0:
        return _judge_silence(failure)
    if failure.status in _PAUSE_STATUSES or (
        failure.status == 503 and failure.retry_after is not None
    ):
        return _pause(failure)
    return Verdict(_judge_status(failure), failure.text)


def _pause(failure: Failure) -> Verdict:
    seconds = failure.retry_after
    if seconds is not None:
        seconds = min(max(seconds, 0.0), LONGEST_REST_SECONDS)
    return Verdict(Outcome.NOT_BEGUN, failure.text, True, seconds)


def _judge_silence(failure: Failure) -> Verdict:
    outcome = {
        Reach.NOWHERE: Outcome.NOT_BEGUN,
        Reach.NOT_OURS: Outcome.ACCOUNT,
        Reach.UNKNOWN: Outcome.UNCERTAIN,
    }[failure.reach]
    return Verdict(outcome, failure.text)


def _judge_status(failure: Failure) -> Outcome:
    status = failure.status
    if status in _ACCOUNT_STATUSES:
        return Outcome.ACCOUNT
    # Below 400: a "yes" in words we cannot read, or a page to look at next.
    if status < 400 or status in _GATEWAY_DOES_NOT_KNOW:
        return Outcome.UNCERTAIN
    if status >= 500 or status in _NOT_TAKEN_STATUSES:
        return Outcome.RETRY
    if _ABOUT_RECIPIENT.search(failure.text):
        return Outcome.ADDRESS
    return Outcome.ACCOUNT if _ABOUT_US.search(failure.text) else Outcome.MESSAGE


def pause_length(pauses: int, asked: float | None) -> float:
    """Seconds to wait at the so-many-eth pause in a row, from 1.

    As long as the provider asked for; 1, 2, 4 ... seconds where it did not say.
    """
    return 2.0 ** min(pauses - 1, 8) if asked is None else asked


def retry_after_seconds(value: str) -> float | None:
    """``Retry-After`` in seconds (RFC 9110, 10.2.3); dates are not read: None."""
    text = value.strip()
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) else None


def plain_text(text: str) -> str:
    """Fit for a person: one line, printable, at most 400 characters."""
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else " " for c in words)[:LONGEST_TEXT]
