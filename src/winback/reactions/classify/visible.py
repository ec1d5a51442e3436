"""What a person wrote above the mail that they answer."""

from __future__ import annotations

import re

# "On 3 May 2026, Ann <ann@example.org> wrote:" in the languages of mail programs.
_WROTE = (
    r"wrote|writes|написал[аи]?|написав(?:ла)?|пише|пишет|schrieb|schreef|a écrit|"
    r"escribió|ha scritto|escreveu|napisał\(?a?\)?|skrev|نوشت|نوشته است"
)
_ATTRIBUTION = re.compile(
    r"^[ \t>]*(?:on|le|am|el|il|em|dnia|w dniu|den|op|у|в|пн|вт|ср|чт|пт|сб|нд|вс|در|"
    r"\d{1,4}[./ -]|[^<>\n]{1,100}<[^<>\n]+@[^<>\n]+>|mon|tue|wed|thu|fri|sat|sun)"
    rf"[^\n]{{0,300}}(?:\n[^\n]{{0,200}}){{0,2}}?(?:{_WROTE})(?:[^\n]{{0,80}}[:\uff1a])?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_BLOCK = re.compile(
    r"^[ \t>*]*(?:from|von|de|от|від|od|da|van|från|fra|از)\s*\*?\s*:.{1,300}\n"
    r"(?:[ \t>*]*(?:to|an|à|para|кому|do|a|aan|till|til|sent|gesendet|envoyé|enviado|"
    r"відправлено|надіслано|отправлено|wysłano|date|datum|дата|data|cc|copie|копія"
    r"|копия|"
    r"subject|betreff|objet|asunto|тема|temat|oggetto|onderwerp|ämne|emne|به|تاریخ"
    r"|موضوع|"
    r"ارسال|reply-to|organization)\s*\*?\s*:.{0,300}(?:\n|$)){1,8}",
    re.IGNORECASE | re.MULTILINE,
)
_DIVIDER = re.compile(
    r"^[ \t>]*(?:[-_=]{2,}\s*(?:original message|original appointment|forwarded"
    r" message|"
    r"reply message|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"wiadomość oryginalna|исходное сообщение|пересылаемое сообщение|"
    r"вихідне повідомлення|оригінальне повідомлення|پیام اصلی)\s*[-_=]*|_{20,}|={20,}"
    r"|begin forwarded message:)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s?|__+\s?|[-*]{3,}\s?|sent from (?:my|a|the) .{1,60}|sent (?:via"
    r"|using|with) .{1,60}"
    r"|get outlook for .{1,40}|von meinem .{1,40} gesendet"
    r"|envoyé (?:de|depuis) mon .{1,40}"
    r"|enviado desde mi .{1,40}|wysłane z .{1,40}|отправлено с .{1,40}"
    r"|надіслано з .{1,40}"
    r"|відправлено з .{1,40}|از .{1,30} من ارسال شد.{0,10}|فرستاده شده از .{1,40})$",
    re.IGNORECASE | re.MULTILINE,
)
MAX_VISIBLE = 20_000


def visible_text(text: str) -> str:
    """``text`` without quoted mail, quote headers and signature.

    Never longer than what was given. Lines that answer between quotes are kept.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")[: 5 * MAX_VISIBLE]
    cuts = [
        match.start()
        for rule in (_DIVIDER, _HEADER_BLOCK, _SIGNATURE)
        if (match := rule.search(text))
    ]
    text = text[: min(cuts, default=len(text))]
    match = _ATTRIBUTION.search(text)
    if match and not _answers_below(text[match.end() :]):
        text = text[: match.start()]
    elif match:
        text = text[: match.start()] + text[match.end() :]
    lines = [line.rstrip() for line in text.split("\n") if not _is_quote(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:MAX_VISIBLE]


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _answers_below(rest: str) -> bool:
    """Whether quoted lines follow and then own ones: the answer stands below."""
    lines = [line for line in rest.split("\n") if line.strip()]
    return bool(lines) and _is_quote(lines[0]) and not all(map(_is_quote, lines))
