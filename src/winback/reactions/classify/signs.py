"""How a mail system speaks about mail that it could not deliver."""

from __future__ import annotations

import re

from winback.reactions.classify.parsing import Mail, is_type
from winback.reactions.classify.recipients import ROBOTS
from winback.reactions.classify.reports import Report, reports_in
from winback.reactions.classify.wording import basic_code_in

_SUBJECT = re.compile(
    r"undeliver|non.?deliver"
    r"|deliver(?:y|ing)? (?:status|fail|problem|notif|error|delay|report)"
    r"|(?:mail|message)[^\n]{0,30} (?:fail|could not|not delivered|undeliver|return)"
    r"|return(?:ed|ing) (?:mail|message|to sender|email)"
    r"|fail(?:ure|ed)[^\n]{0,20}(?:notice|mail|deliver|message)"
    r"|mail (?:error|system error|delivery)|could ?n.?t be delivered|bounced?\b"
    r"|ndn:|ndr:"
    r"|warning: (?:could not|message|mail)|unzustellbar|не доставлено|no entregado"
    r"|remise|notification d.{0,12}tat de remise|nicht zugestellt",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"could not be delivered|couldn.t be delivered"
    r"|(?:wasn.t|was not|not) able to deliver"
    r"|unable to deliver|undeliverable"
    r"|delivery (?:to the following|has failed|failed|error)"
    r"|following address(?:es)?[^\n]{0,40}(?:fail|had)"
    r"|permanent(?:ly)? (?:fatal )?(?:error|fail)"
    r"|did not reach the following|reporting-mta|transcript of session|returned mail"
    r"|message (?:was|has been|is) (?:not delivered|undelivered|returned|rejected)"
    r"|(?:error|trouble) delivering|automatically rejected|rejected recipient"
    r"|mail delivery failed|was rejected by the|delivery problems"
    r"|not a valid (?:user|mailbox|recipient) |no such user|user unknown|unknown user",
    re.IGNORECASE,
)
# Where the copy of the message that bounced begins.
_COPY = re.compile(
    r"^[ \t>*#=_-]{0,60}(?:below (?:this line|the next line)|this is a copy|copy of"
    r" (?:the|your) (?:message|mail)"
    r"|(?:the )?(?:original|returned|unsent|undelivered) (?:message|mail)(?:"
    r" (?:follows|header|attached|text))?[ \t:.>*#=_-]{0,60}$"
    r"|(?:the )?header of the original|message headers? follow"
    r"|your (?:original )?message (?:follows|reads)"
    r"|unsent message follows|-{1,20} ?forwarded message|included is a copy"
    r"|original message (?:headers|follows))"
    r"|^(?:return-path|received): ",
    re.IGNORECASE | re.MULTILINE,
)
_DELAYED = re.compile(
    r"warning: (?:message|mail|could not)|still (?:be(?:ing)? )?(?:retr|try)"
    r"|(?:will|continue to) (?:keep |continue )?(?:be )?(?:re-?tr|trying)"
    r"|not yet been delivered|delivery attempts will continue|been postponed"
    r"|(?:will|continue to) (?:keep )?attempt(?:ing)? (?:delivery"
    r"|to (?:re)?(?:deliver|send|try))|remains? in the queue|kept in the queue"
    r"|temporarily (?:deferred|delayed)|(?:ще|еще|ещё) не (?:доставлен|доставлено)"
    r"|wird (?:weiterhin|erneut) versucht|verzögert|retardée?|retrasad|opóźnion"
    r"|delivery (?:status notification )?\(?delay|this is (?:only )?a warning"
    r"|do not need to resend"
    r"|delayed"
    r"|temporary (?:non-critical )?(?:error|fail|problem)[^\n]{0,60}(?:retr|try)",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"giv(?:en|ing) up|permanent|has expired|delivery failed|failed permanently",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|pd|i)\s*:", re.IGNORECASE)
WORDS_BEFORE_COPY = 8000


def looks_like_bounce(mail: Mail) -> bool:
    """Whether a mail system speaks here about mail that it could not deliver."""
    if any(is_type(part, "message/delivery-status") for part in mail.parts):
        return True
    if mail.header("X-Failed-Recipients"):
        return True
    is_robot = _speaks_robot(mail)
    said = (bool(_SUBJECT.search(mail.subject)), bool(_BODY.search(mail.text[:20_000])))
    if not is_robot and _FORWARD.match(mail.subject):
        return all(said)  # somebody hands a bounce on
    if not is_robot and _is_answer(mail):
        return False
    if is_robot and (mail.enclosed or basic_code_in(words_of(mail))):
        return True
    if reports_in(mail):
        return True
    # A copy of the message and "could not be delivered": whoever the sender is.
    return any(said) if is_robot else all(said) or bool(said[1] and mail.enclosed)


def _is_answer(mail: Mail) -> bool:
    """Answers are people's, whatever report they quote."""
    return bool(mail.header("In-Reply-To") or mail.header("References"))


def words_of(mail: Mail) -> str:
    """What the mail system says in words, without the copy of the message."""
    text = mail.text
    match = _COPY.search(text)
    head = text[: match.start()] if match and match.start() > 20 else text
    return head[:WORDS_BEFORE_COPY]


def _speaks_robot(mail: Mail) -> bool:
    sender = mail.header("From")
    if re.search(r"<\s*>", sender):
        return True
    empty_path = mail.header("Return-Path").strip() in {"<>", "<MAILER-DAEMON>"}
    return empty_path or bool(ROBOTS.search(sender))


def final_of(mail: Mail, reports: list[Report], words: str) -> str:
    actions = {report.action for report in reports}
    if "failed" in actions:
        return "failed"
    if "delayed" in actions:
        return "delayed"
    text = f"{mail.subject}\n{words}"
    is_delay = _DELAYED.search(text) and not _GAVE_UP.search(text)
    return "delayed" if is_delay else "failed"
