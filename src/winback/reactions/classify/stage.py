"""At which step of the SMTP dialogue a server refused, as far as reports tell."""

from __future__ import annotations

import re

from winback.reactions.classify.unknown import ADDRESS_NOT_FOUND

# Each mail system's way to say that it was the recipient that was refused: Postfix,
# Exim, Sendmail, DragonFly, qmail, Yahoo, hMailServer, X-mail, Gmail's state number.
_AT_RCPT = re.compile(
    r"(?:in reply to|in response to|after|following|for|our|>>>|sent:?|smtp:|command:?"
    r"|\[|=>|to) ?(?:the |pipelined )?[\"'(]?RCPT(?![a-z])|does not like recipient"
    r"|rejected recipient|\(state 1[34]\)"
    r"|unknown user: \""
    r"|mail\.local: unknown user|\bRCPT\b[^\n]{0,80}(?:not exist|n.t exist|unknown)"
    r"|RCPT(?: TO)?(?: command)? (?:fail|generated|reject|return|refus|error)",
    re.IGNORECASE,
)
# What hints that an answer is about who writes, or whence or what, not to whom.
_DOUBT = re.compile(
    r"\bsenders?\b|\borigin\b|\byour (?:server|ip|network|isp|address)\b|you have sent"
    r"|may send|from \[?\d{1,3}\.\d|\bpolic|\bspam|\btrap\b|authentic|\blog ?in\b"
    r"|\b(?:rate|ratio|limit)\b|temporar|(?:unable to|could ?n.t|could not) verify"
    r"|\b(?:content|attachment|agent|web address|in your (?:mail|message))\b"
    r"|\b(?:backend|storage|route)\b|^53[0-9][ -]"
    r"|\b(?:ihre|votre|vos|su|tu|sua|twój|il suo|uw) (?:adres|adresse|direcci[oó]n"
    r"|endereço|indirizzo)\b|\b(?:ваш|вашего|вашої|ваша) (?:адрес|сервер|ip)",
    re.IGNORECASE | re.MULTILINE,
)
# With pipelining (RFC 2920) the answer to RCPT is read only after DATA was sent;
# a server that then misses recipients shows whom it had refused.
_PIPELINED = re.compile(
    r"need rcpt|no valid recipients|503[ -](?:5\.\d\.\d )?(?:rcpt|no recipients)", re.I
)
_BAD_ADDRESS = re.compile(
    r"(?<![\d.])[45]\.1\.(?:0|1|3|6|10|351)(?![\d.])"
    r"|5\.4\.1[^\n]{0,40}recipient address rejected: access denied",  # Exchange Online
    re.IGNORECASE,
)
_POLICY = re.compile(r"\D{0,20}(?:[45]\d\d[ -])?[45]\.7\.\d")
# The system that reports says it of its own directory (IMail, Domino, GroupWise, qmail,
# Exchange), not as a remark handed on. Only where no reply code is quoted.
_OWN_VERDICT = re.compile(
    ADDRESS_NOT_FOUND
    + r"|recipient name is not recogni[sz]ed|not a valid user (?:of|here|at|on)\b"
    r"|@\S{1,255} \((?:user|mailbox|recipient|address)"
    r" (?:not found|unknown|does not exist)\)"
    r"|address is wrong"
    r"|^\W{0,5}(?:mail\.local: )?unknown user:|not listed in"
    r"|invalid final delivery userid"
    r"|no such (?:user|mailbox|account|address) (?:here|at|in|on)\b|by that name"
    r"|(?:user|mailbox|account|recipient|name|address)[^\n]{0,80} (?:at|on|in|to) this"
    r" (?:server|system|site|host|domain)"
    r"|^\W{0,5}(?:no such|unknown) user\W{0,3}(?:<br>|$)"
    r"|no longer (?:valid|accepts mail|exists?|with|employed|a member)",
    re.IGNORECASE | re.MULTILINE,
)
_BASIC = re.compile(r"(?<![\d.])[45]\d\d(?=[\s:-])")
# Refused before any recipient was named: nothing is said about one.
_BEFORE_RCPT = re.compile(
    r"(?:in reply to|in response to|after|like our|\[) ?(?:pipelined )?"
    r"(?:MAIL[ _]FROM|HELO|EHLO|initial connection)(?![a-z])|sender was rejected",
    re.IGNORECASE,
)
# The server that answers says that it does not serve the recipient's domain.
_NOT_SERVED = re.compile(
    r"no such domain (?:at|here|on)\b|unrouteable address"
    r"|domain[^\n]{0,60} (?:is not|isn.t|not) (?:\w{1,12} )?"
    r"(?:local|hosted|here|served|handled|one of)",
    re.IGNORECASE,
)
_BAD_HOST = re.compile(r"(?<![\d.])[45]\.(?:1\.2|4\.4)(?![\d.])")
_DNS = re.compile(
    r"host unknown|unknown host|host not found|name serv|nxdomain|(?<!: )\bDNS\b(?!;)"
    r"|any host named"
    r"|name or service not known|unrouteable|domain is not reachable"
    r"|(?<![.-])(?-i:\bMX\b)(?![.-])",
    re.IGNORECASE,
)
# A line of the other server's: its reply code, what it says, up to the next blank line.
_ANSWER = re.compile(
    r"(?<![\d.:/#-])(?:[45]\d\d[ :-]\s?(?:[45]\d\d[ -])?|#?[45]\.\d\.\d{1,3}[ :>-])"
    r"[^\n]{3,400}(?:\n[ \t]{0,80}[^\s<>][^\n]{0,300}){0,3}"
)
# Where Postfix, Exim and others break what is too long for a line.
_FOLD = re.compile(r"(?<=[^\n]{45})\n[ \t]{1,80}(?=\S)")
# What follows from an earlier refusal in the same session.
_FOLLOW_UP = re.compile(
    r"need rcpt|no valid recipients|no recipients|connection (?:lost|dropped)", re.I
)
# Sendmail: what the other server said; its own "User unknown" is but its reading of
# any 55x code.
_GIVEN = re.compile(r"\(reason: ([^\n]{1,400}(?:\n {1,20}[^\n(]{1,200})?)")
MAX_ANSWERS = 5


def unfolded(words: str) -> str:
    """``words`` with the lines joined that were broken only for their length."""
    return _FOLD.sub(" ", words)


def answers_in(words: str) -> str:
    """What servers answered with a code, as quoted in ``words``; "" if nothing is."""
    found = [match[0] for match in _ANSWER.finditer(words)][:20]
    telling = [answer for answer in found if not _FOLLOW_UP.search(answer[:80])]
    return "\n".join((telling or found)[:MAX_ANSWERS])


def given_reasons_in(words: str) -> str:
    """What Sendmail quotes of the other server in so many words; "" if nothing."""
    return "\n".join(match[1] for match in list(_GIVEN.finditer(words))[:MAX_ANSWERS])


def proves_unknown(*, said: str, words: str, statuses: str) -> bool:
    """Whether "user unknown" is a verdict on the address, not just a phrase.

    Filters say it too, about mail that they do not like. It counts if the code is
    one about the address (RFC 3463, X.1.x), if the server refused at RCPT, before
    it had seen the message, with no word about the sender or the like, or if the
    system that reports says it of its own users.
    """
    text = f"{statuses} {said}\n{words}"
    if _POLICY.match(said) and not _AT_RCPT.search(text):
        return False
    if _BAD_ADDRESS.search(text):
        return True
    if _DOUBT.search(said or answers_in(words)):
        return False
    if _AT_RCPT.search(text) or _PIPELINED.search(text):
        return True
    is_own = not said and not _BASIC.search(words)
    return is_own and _OWN_VERDICT.search(words) is not None


def proves_host_unknown(*, said: str, words: str, statuses: str) -> bool:
    """Whether it is the recipient's domain that is missing, not one of the sender's.

    By its code (RFC 3463, X.1.2 and X.4.4), or because the system that reports found
    nothing in the DNS. A server that answered exists: it speaks of another domain.
    """
    text = f"{statuses} {said}\n{words}"
    if _BAD_HOST.search(text) or _NOT_SERVED.search(text):
        return True
    if _DNS.search(text):
        return not _AT_RCPT.search(text)
    return not _BASIC.search(f"{said}\n{words}")


def is_before_recipient(*, said: str, words: str) -> bool:
    """Whether the server refused before it was told the recipient."""
    text = f"{said}\n{words}"
    return bool(_BEFORE_RCPT.search(text)) and not _AT_RCPT.search(text)
