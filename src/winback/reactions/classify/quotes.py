"""How mail programs mark what they quote, line by line, in many languages.

Every rule looks at one line, cut to ``MAX_LINE``, so that no text takes long.
"""

from __future__ import annotations

import re

MAX_LINE = 500
_WROTE = re.compile(
    r"\b(?:wrote|writes|написал[аи]?|писал[аи]?|пишет|пишут|написав|написала|написали"
    r"|писав|писала|пише|пишуть|schrieb|schrieben|a écrit|écrit|escribió|escribio"
    r"|escreveu|ha scritto|scritto|napisał[ao]?|pisze|schreef|geschreven|skrev"
    r"|kirjoitti|napsal|napísal|a scris)\b|نوشت(?:ه)?|كتب|כתב",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"(?:on|le|am|el|em|il|op|den|dnia|w dniu|у|в|вл|a|em|dne)\s|در |چهارشنبه|شنبه"
    r"|یکشنبه"
    r"|دوشنبه|سه‌شنبه|پنجشنبه|جمعه|به تاریخ"
    r"|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim"
    r"|mié|jue|vie|sáb|dom|pon|wt|śr|czw|pt|sob|niedz|ndz|пн|вт|ср|чт|пт|сб|нд|вс"
    r"|понеділ|вівтор|серед|четвер|п.?ятниц|субот|неділ|понедел|вторник|сред|четверг"
    r"|суббот|воскрес)\w{0,9}[.,]?\s"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}\.? \w{3,12}\.?,? \d{4}",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_LABELS = {
    "from": "from|von|de|от|від|от кого|від кого|od|da|van|från|fra|از|فرستنده",
    "sent": "sent|date|gesendet|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el"
    "|fecha|отправлено|дата|надіслано|відправлено|wysłano|wysłane|data|inviato"
    "|verzonden|skickat|تاریخ|ارسال|ارسال شده|فرستاده شده",
    "to": "to|an|à|a|para|кому|do|aan|till|til|به|گیرنده|cc|kopie|copie|cci|копія|копия"
    "|dw|ct|رونوشت|reply-to|antwort an",
    "subject": "subject|betreff|objet|asunto|тема|temat|oggetto|onderwerp|ämne|emne"
    "|assunto|موضوع|priority|importance|organization",
}
_LABEL = re.compile(
    r"[ \t*_]*(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")[ \t*_\u00a0]*[:\uff1a]",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"[-_=*\s]{2,60}(?:original message|original appointment|forwarded message|reply"
    r" message|forwarded by [^\n]{1,80}|ursprüngliche nachricht|originalnachricht"
    r"|weitergeleitete nachricht|message d'origine|message original|message transféré"
    r"|mensaje original|mensaje reenviado|wiadomość oryginalna|oryginalna wiadomość"
    r"|wiadomość przekazana|исходное сообщение|пересылаемое сообщение"
    r"|оригинальное сообщение|вихідне повідомлення|оригінальне повідомлення"
    r"|початкове повідомлення|переслане повідомлення|پیام اصلی|پیام اولیه"
    r"|پیام هدایت شده|messaggio originale|mensagem original"
    r"|oorspronkelijk bericht)\s*:?[-_=*\s]{0,60}"
    r"|(?:begin forwarded message|anfang der weitergeleiteten nachricht"
    r"|début du message réexpédié|inicio del mensaje reenviado"
    r"|начало переадресованного сообщения|початок переадресованого листа)\s*:"
    r"|_{20,}|={20,}|-{20,}"
    r"|#+ ?(?:please )?(?:reply|type your reply) above this line[^\n]{0,40}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--\s?|__+\s?|[*-]{3,}\s?|—\s?")
_MOBILE = re.compile(
    r"sent (?:from|via|using|with|by) .{1,60}|get outlook for .{1,40}"
    r"|diese nachricht wurde (?:von|mit) .{1,60} gesendet\.?"
    r"|(?:von|mit) (?:meinem|meiner) .{1,60} (?:gesendet|versendet)\.?"
    r"|gesendet (?:von|mit) .{1,60}|envoyé (?:de|depuis|à partir de|avec) .{1,60}"
    r"|télécharger outlook pour .{1,40}|enviado (?:desde|con) .{1,60}"
    r"|obtener outlook para .{1,40}|wysłan[eyo] (?:z|ze|za pomocą) .{1,60}"
    r"|pobierz (?:program )?outlook .{1,40}|отправлено (?:с|со|из|через) .{1,60}"
    r"|отправлено с .{1,60}|надіслано (?:з|із|зі|через) .{1,60}"
    r"|відправлено (?:з|із|зі|через) .{1,60}|скачать outlook для .{1,40}"
    r"|отримати outlook для .{1,40}"
    r"|از .{1,40} (?:من )?(?:ارسال|فرستاده) شد.{0,10}"
    r"|(?:فرستاده|ارسال) ?‌?شده (?:از|با) .{1,40}|ارسال از .{1,40}",
    re.IGNORECASE,
)
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(line: str) -> str:
    """``line`` as the rules look at it: no marks of direction, not too long."""
    return _MARKS.sub("", line[:MAX_LINE]).replace("\u00a0", " ").strip()


def is_quote(line: str) -> bool:
    return clean(line).startswith((">", "&gt;"))


def is_divider(line: str) -> bool:
    return _DIVIDER.fullmatch(clean(line)) is not None


def is_signature(line: str) -> bool:
    """Whether a signature begins: the delimiter of RFC 3676, or a telephone's line."""
    text = clean(line)
    return bool(_SIGNATURE.fullmatch(text) or _MOBILE.fullmatch(text))


def attribution_end(lines: list[str], start: int) -> int | None:
    """Where "On …, … wrote:" that begins at ``start`` ends, exclusive; None if not.

    It is one to three lines without a blank one, ends with a colon, and names a day
    or an address; without either, quoted lines must follow at once.
    """
    text = ""
    for end in range(start, min(start + 3, len(lines))):
        line = clean(lines[end])
        if not line or is_quote(line):
            return None
        text = f"{text} {line}".strip()
        is_first = end == start
        if _is_attribution(text, is_quoted=_quote_follows(lines, end + 1)):
            if is_first or _STARTS.match(text) or _EMAIL.match(text.lstrip("<\"'")):
                return end + 1
            return None
    return None


def _is_attribution(text: str, *, is_quoted: bool) -> bool:
    has_verb = _WROTE.search(text) is not None
    ends = text.endswith((":", "\uff1a"))
    if not ends:  # "Ann <a@b.example> wrote (Mon, 4 May 2026):" is the usual form
        return has_verb and is_quoted and bool(_EMAIL.search(text))
    has_number = re.search(r"\d", text) is not None
    has_email = _EMAIL.search(text) is not None
    if has_verb:
        return has_email or is_quoted or bool(has_number and _STARTS.match(text))
    return has_email and has_number and bool(_STARTS.match(text))


def _quote_follows(lines: list[str], index: int) -> bool:
    rest = (line for line in lines[index : index + 3] if line.strip())
    return is_quote(next(rest, ""))


def is_header_block(lines: list[str], start: int) -> bool:
    """Whether "From: … Sent: … To: … Subject: …" begins here, in any order."""
    if not _LABEL.match(clean(lines[start])):
        return False
    found: set[str] = set()
    misses = 0
    for line in lines[start : start + 10]:
        match = _LABEL.match(clean(line))
        if match and match.lastgroup:
            found.add(match.lastgroup)
        elif line.strip() or not found:
            misses += 1
        if misses > 2:
            break
    return ("from" in found and len(found) >= 3) or found >= {"from", "sent"}
