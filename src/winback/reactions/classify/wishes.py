"""Requests to be left alone, in words of eight languages."""

from __future__ import annotations

import re

_PHRASES = re.compile(
    # English
    r"\bunsubscribe\b|\bunsubscribe me\b|\bopt[ -]?(?:me )?out\b|\bremove (?:me|my)\b"
    r"|\btake (?:me|my \w{1,12}) off\b|\bstop (?:e-?mailing|mailing|sending|writing"
    r"|these"
    r"|spamming|contacting)|(?:do not|don.?t|never) (?:e-?mail|mail|write|contact|send)"
    r"(?: to)? (?:me|us)|no more (?:e-?mails?|mails?|letters)|leave me alone"
    r"|not interested[^\n]{0,30}(?:remove|stop|unsubscribe)"
    # Ukrainian
    r"|відпис|відпиш|не (?:пишіть|надсилайте|присилайте|турбуйте)"
    r"|(?:видаліть|приберіть|виключіть|вилучіть) (?:мене|мою|мій)"
    r"|припиніть (?:надсил|розсил|писати)|скасу\w{1,6} підписк"
    # Russian
    r"|отпис|отпиш|не (?:пишите|присылайте|шлите|беспокойте|отправляйте)"
    r"|(?:удалите|уберите|исключите) (?:меня|мою|мой)"
    r"|прекратите (?:присыл|рассыл|слать|писать)|отмен\w{1,6} подписк"
    # Persian
    r"|لغو (?:اشتراک|عضویت)|(?:مرا|من را|منو|ایمیل (?:من|مرا)) (?:از (?:لیست|فهرست)"
    r" )?(?:حذف|خارج|پاک)|حذف(?:م)? کنید|(?:ایمیل|پیام|نامه) ?(?:ندهید|نفرستید|نفرست"
    r"|ارسال نکنید)|دیگر[^\n]{0,40}(?:نفرستید|ارسال نکنید|ندهید)"
    # German
    r"|\babmelde|\bmelde\w{0,3} [^\n]{0,40}\bab\b|abbestell|austragen|\bstreichen sie"
    r" mich|keine (?:weiteren )?(?:e-?mails?|mails?|newsletter|nachrichten|werbung)"
    r"|aus (?:dem|ihrem) verteiler"
    # French
    r"|désabonn|desabonn|désinscri|desinscri|ne (?:plus )?m.(?:envoyez|écrivez|ecrivez)"
    r"|ne (?:plus )?me contactez|ne (?:veux |souhaite )?plus recevoir|retirez[ -]?moi"
    r"|supprimez[^\n]{0,20}mo"
    # Spanish
    r"|darme de baja|dar(?:me)? de baja|d[eé]nme de baja|dadme de baja"
    r"|cancelar (?:la |mi )?suscripci|no (?:me )?(?:env[ií]en|escriban|manden"
    r"|contacten)"
    r"|elim[ií]n\w{1,5} de (?:la|su) lista|quiten?me|no (?:quiero|deseo) recibir"
    # Polish
    r"|\bwypis|\bwypisz|rezygnuj|zrezygnow|(?:proszę )?nie (?:pisz|wysyłaj|przysyłaj"
    r"|kontaktuj)|usu[nń]\w{0,6} (?:mnie|mój|moj)|nie chcę (?:otrzymywać|dostawać)"
    r"|anuluj\w{0,4} subskrypcj",
    re.IGNORECASE,
)
# "Do not unsubscribe me": the words, but not the wish.
_DENIED = re.compile(
    r"(?:do not|don.?t|never|didn.?t|why (?:did|was)|no need to|not) (?:\w{1,12} ){0,3}"
    r"(?:unsubscribe|opt[ -]?out|remove|stop)|не (?:відписуй|отписывай|видаляйте"
    r"|удаляйте)"
    r"|nicht abmelden|nicht abbestellen|ne me désabonnez|no me den de baja"
    r"|nie wypisuj|(?:حذف|لغو) نکنید",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\s*(?:re|aw|sv|fwd?|wg|tr|rv|odp|vs|ynt|відп|отв|на|پاسخ)\s*(?:\[\d{1,3}\])?\s*:",
    re.IGNORECASE,
)
# Whoever has more to say is answered by a person.
MAX_WORDS = 15


def asks_to_unsubscribe(*, subject: str, visible_text: str) -> bool:
    """Whether a short message says so, in its text or in a bare subject."""
    if len(visible_text.split()) > MAX_WORDS or _DENIED.search(visible_text):
        return False
    if _PHRASES.search(visible_text):
        return True
    return not _ANSWER.match(subject) and bool(_PHRASES.search(subject[:200]))
