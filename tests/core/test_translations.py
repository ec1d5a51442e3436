"""The catalogues of both languages: complete, exact, with the product's words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import winback.core

LOCALES = Path(winback.core.__file__).parent / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]|%%|</?[a-z]\w*[^>]*>")
# One noun per thing, the same on every page.
WORDS = [
    ("Lead", "Лід", "سرنخ"),
    ("Stage", "Етап", "مرحله"),
    ("Lost reason", "Причина втрати", "دلیل از دست رفتن"),
    ("Pipeline", "Конвеєр", "خط فروش"),
    ("New rule", "Нове правило", "قانون جدید"),
    ("Favourite filters", "Улюблені фільтри", "فیلترهای مورد علاقه"),
    ("Audience", "Аудиторія", "مخاطبان"),
    ("Mailing", "Розсилка", "ارسال"),
    ("Recipients", "Одержувачі", "گیرندگان"),
    ("Templates", "Шаблони", "قالب‌ها"),
    ("Blacklist", "Чорний список", "لیست سیاه"),
    ("Campaign", "Кампанія", "کمپین"),
    ("Sent", "Надіслано", "ارسال شده"),
    ("Received", "Отримано", "دریافت شده"),
    ("Opened", "Відкрито", "باز شده"),
    ("Clicked", "Кліків", "کلیک شده"),
    ("Replied", "Відповів", "پاسخ داده"),
    ("Bounced", "Відмовлено", "بازگشت"),
    ("Ignored", "Ігнорується", "نادیده گرفته شده"),
    ("Leads/Opportunities", "Ліди/Нагоди", "سرنخ‌ها/فرصت‌ها"),
    ("Quotations", "Пропозиції", "پیش‌فاکتورها"),
    ("Invoiced", "Виставлено рахунок", "صورتحساب"),
    # Those of docs/translation.md that were once confused with one another.
    ("Owner", "Власник", "مالک"),
    ("Responsible", "Відповідальний", "مسئول"),
    ("Subject", "Тема", "موضوع"),
    ("Topic", "Тематика", "مبحث"),
    ("Topics", "Тематики", "مبحث‌ها"),
    ("Preheader", "Прехедер", "متن پیش‌نمایش"),
    ("Merge field", "Поле підстановки", "فیلد ادغام"),
    ("Left out", "Виключено", "کنار گذاشته"),
    ("Uncertain", "Під питанням", "نامعلوم"),
    ("Hard bounce", "Остаточне повернення", "بازگشت دائمی"),
    ("Soft bounce", "Тимчасове повернення", "بازگشت موقت"),
    ("Unsubscribe", "Відписатися", "لغو اشتراک"),
    ("Send a test", "Надіслати тестовий лист", "فرستادن ایمیل آزمایشی"),
    ("Test the water first", "Спершу пробна партія", "نخست به گروهی کوچک"),
]
# What an editor of the language would strike out at once; after a word's start.
WRONG = {
    "uk": {
        "a letter of another language": "[ыэёъЫЭЁЪ]",
        "quotes of another language": "[“”„]",
        "apostrophe": "[а-яіїєґ]['`ʼ][а-яіїєґ]",
        "a word of another language": r"\b(картинк|слідуюч|співпада|протязі|являється)",
        "dash": r"\s[–-]\s",
    },
    "fa": {
        "Arabic letters": "[يكة]",
        "quotes of another language": "[“”„]",
        "half-space after می": r"(?<![\w\u200c])ن?می \w",
        "half-space before ها": r"\w ها(?:ی|یی)?(?![\w\u200c])",
        "half-space at an edge": r"\u200c(?=\W|$)|(?<!\w)\u200c",
        "Latin punctuation after a Persian word": "[آ-ی][,;?]",
        "space before punctuation": r"\s[،؛؟.]",
        "a word we do not use": r"(?<![\w\u200c])(نامه|پرونده|عکس|همخوان)(?!\w)",
    },
}


@pytest.fixture(scope="module", params=["uk", "fa"])
def catalogue(request) -> Catalog:
    with (LOCALES / request.param / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source)


def _texts(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return given if isinstance(given, tuple) else (given,)


def _exactly_translated(message: Message) -> bool:
    """A singular may write its number as a word; nothing else may differ."""
    *_, wanted = (set(PLACEHOLDER.findall(text)) for text in _texts(message.id))
    texts = _texts(message.string)
    found = [set(PLACEHOLDER.findall(text)) for text in texts]
    if isinstance(message.id, tuple):
        return all(one <= wanted for one in found) and wanted in found
    return found == [wanted]


def test_catalogue_has_no_guessed_or_obsolete_text(catalogue):
    assert not catalogue.fuzzy
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_catalogue_is_complete(catalogue):
    waiting = [
        message.id
        for message in catalogue
        if message.id and not all(_texts(message.string))
    ]
    assert waiting == []


def test_placeholders_and_tags_equal_those_of_the_source(catalogue):
    differing = [
        message.id
        for message in catalogue
        if message.id
        and all(_texts(message.string))
        and not _exactly_translated(message)
    ]
    assert differing == []


@pytest.mark.parametrize(("word", "uk", "fa"), WORDS)
def test_fixed_word_is_translated_as_agreed(catalogue, word, uk, fa):
    message = catalogue.get(word)
    assert message is not None
    assert message.string == {"uk": uk, "fa": fa}[str(catalogue.locale)]


def test_catalogue_keeps_the_typography_of_its_language(catalogue):
    found = [
        (fault, text)
        for fault, pattern in WRONG[str(catalogue.locale)].items()
        for message in catalogue
        if message.id
        for text in _texts(message.string)
        if re.search(pattern, text)
    ]
    assert found == []
