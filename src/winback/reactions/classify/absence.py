"""What an absent person's note tells: when they are back, where they are now."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

from winback.reactions.classify.addresses import as_address
from winback.reactions.classify.dates import DAY, day_of
from winback.reactions.classify.parsing import Mail

# The last day away: back on the day after.
_UNTIL = (
    r"until|till|til|through|up to|bis(?: zum| einschließlich)?|jusqu.au|jusqu.à"
    r"|au(?= \d)|hasta(?: el)?|al(?= \d)|do(?: dnia)?|до|по|تا"
    r"|(?:fino|sino) al|tot(?: en met)?|t/m|até(?: ao)?"
)
# The first day back.
_BACK = (
    r"back(?: in the office| at work| at my desk)?(?: on| from)?"
    r"|return(?:ing)?(?: to (?:the office|work))?(?: on)?|available (?:again )?(?:on"
    r"|from)"
    r"|(?:wieder )?(?:ab(?: dem)?|am)|zurück (?:ab|am)(?: dem)?"
    r"|de retour(?: au bureau)?"
    r"(?: le)?|à partir du|dès le|(?:vuelvo|regreso|vuelta|regresaré|volveré)(?: el)?"
    r"(?: día)?|a partir del|de vuelta(?: el)?|wracam|wrócę|powrót|od(?: dnia)?"
    r"|повертаюсь|повернуся|повернусь|буду(?: на роботі| на місці| в офісі)?|з|із|від"
    r"|вернусь|выйду(?: на работу)?|возвращаюсь|с|از"
    r"|(?:بازمی‌گردم|برمی‌گردم|برمیگردم|بازگشت)(?: در)?"
    r"|(?:torno|tornerò|rientro|rientrerò|di ritorno)(?: in (?:ufficio|sede))?"
    r"|dal(?= \d)"
    r"|terug|weer (?:aanwezig|bereikbaar)|vanaf"
    r"|volto|voltarei|regresso|regressarei|retorno|retornarei|a partir de"
)
_WEEKDAY = (
    r"(?:[^\W\d]{2,14}[,.]? ){0,2}"
    r"(?:the |el |le |l['\u2019]|dem |den |dnia |تاریخ |روز )?"
)
_RETURN = re.compile(
    rf"(?<!\w)(?:(?P<until>{_UNTIL})|(?P<back>{_BACK}))(?!\w)[ :,-]{{0,3}}"
    rf"{_WEEKDAY}{DAY}",
    re.IGNORECASE,
)
# Turkish says it after the day.
_RETURN_AFTER = re.compile(
    rf"(?<!\w){DAY}['\u2019]?\w{{0,4}} (?:tarihi\w{{0,4}} )?(?:(?P<until>kadar)"
    r"|(?P<back>(?:ofise |işe |geri )?dön|(?:ofiste|işte) olaca))",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"(?:new (?:e-?mail )?address|(?:e-?mail )?address (?:has )?changed"
    r"|reach me (?:now )?"
    r"(?:at|under)|(?:please )?(?:use|update)[^\n]{0,40}(?:instead|new"
    r"|from"
    r" now)|neue (?:e-?mail-?)?adresse|(?:e-?mail-?)?adresse (?:hat sich )?geändert"
    r"|nouvelle adresse|adresse a changé|nueva (?:dirección|direccion)|nuevo correo"
    r"|nowy adres|adres (?:został )?zmieni|нов(?:а|у|ий|ою) (?:електронн\w{1,4} )?"
    r"(?:адрес|пошт|скриньк)|адрес[аиу] (?:було )?зміне|нов(?:ый|ая|ую) (?:электронн"
    r"\w{1,4} )?(?:адрес|почт|ящик)|адрес изменил|(?:آدرس|نشانی|ایمیل) جدید"
    r"|has (?:been )?moved to|please (?:try|use) )",
    re.IGNORECASE,
)
MAX_READ = 5000
MAX_AWAY = timedelta(days=400)


def returns_on(mail: Mail) -> date | None:
    """The day on which the writer says to be back; None if none is told.

    The last day away means the day after it. Days without a year are the next such
    day after the one on which the note was sent; a day before that, or more than 400
    days later, is not believed.
    """
    sent_on = _sent_on(mail)
    if sent_on is None:
        return None
    text = f"{mail.subject}\n{' '.join(mail.text[:MAX_READ].split())}"
    days = []
    found = [*_RETURN.finditer(text), *_RETURN_AFTER.finditer(text)]
    for match in found[:20]:
        day = day_of(match, sent_on=sent_on)
        if day is None or not sent_on <= day <= sent_on + MAX_AWAY:
            continue
        days.append(day + timedelta(days=1) if match["until"] else day)
    return max(days, default=None)


def _sent_on(mail: Mail) -> date | None:
    try:
        return parsedate_to_datetime(mail.header("Date")).date()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def new_address(text: str, *, known: set[str]) -> str | None:
    """The one address that a changed-address notice names; None if it names none.

    ``known`` are those that it cannot be, in lower case: sender and addressees.
    """
    for match in list(_MOVED.finditer(text[:MAX_READ]))[:5]:
        near = re.split(r"\n\s*\n", text[match.start() : match.end() + 200])[0]
        address = as_address(near)
        if address and address not in known:
            return address
    return None
