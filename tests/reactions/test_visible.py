import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reactions import mails

from winback.reactions.classify import classify
from winback.reactions.classify.visible import visible_text


@pytest.mark.parametrize(
    "quote",
    [
        "On Mon, 4 May 2026 at 10:00, Shop <a@b.example> wrote:\n> Hi\n",
        "пн, 4 трав. 2026 р. о 10:00 Крамниця <a@b.example> пише:\n> Hi\n",
        "Le lun. 4 mai 2026 à 10:00, Shop <a@b.example> a écrit :\n> Hi\n",
        "Am 04.05.2026 um 10:00 schrieb Shop:\n> Hi\n",
        "Loom & Lumen, Kyiv <a@b.example> wrote (Wed, 25 Nov 2026):\n> Hi\n",
        "-----Original Message-----\nFrom: Shop\nSubject: Hi\n\nHi\n",
        "From: Shop <a@b.example>\nSent: Monday\nTo: Ann\nSubject: Hi\n\nHi\n",
        "-- \nAnn Smith\n+44 1\n",
        "Sent from my iPhone\n",
    ],
)
def test_visible_text_ends_where_the_quote_begins(quote):
    assert visible_text(f"Yes, please.\n\nAnn\n\n{quote}") == "Yes, please.\n\nAnn"


QUOTED = "\n> Come back\n> to us\n"
# How Gmail, Apple Mail, Thunderbird, Yahoo, Yandex and mail.ru begin what they quote.
ATTRIBUTIONS = [
    "On Mon, May 4, 2026 at 10:00 AM Shop <a@b.example> wrote:",
    "On Mon, May 4, 2026 at 10:00 AM Shop of Lamps and Lights <\na@b.example> wrote:",
    "On 4 May 2026, at 10:00, Shop <a@b.example> wrote:",
    "On 04/05/2026 10:00, Shop wrote:",
    "On Monday, May 4, 2026 at 10:00:00 AM GMT+3, Shop <a@b.example> wrote:",
    "пн, 4 трав. 2026 р. о 10:00 Крамниця <a@b.example> пише:",
    "4 трав. 2026 р. о 10:00 Крамниця <a@b.example> пише:",
    "04.05.26 10:00, Крамниця пише:",
    "пн, 4 мая 2026 г. в 10:00, Магазин <a@b.example>:",
    "4 мая 2026 г., в 10:00, Магазин <a@b.example> написал(а):",
    '04.05.2026, 10:00, "Магазин" <a@b.example>:',
    "Понедельник, 4 мая 2026, 10:00 +03:00 от Магазин <a@b.example>:",
    "در تاریخ دوشنبه ۴ مه ۲۰۲۶، ۱۰:۰۰ فروشگاه <a@b.example> نوشت:",
    "Am Mo., 4. Mai 2026 um 10:00 Uhr schrieb Laden <a@b.example>:",
    "Am 04.05.2026 um 10:00 schrieb Laden:",
    "Le lun. 4 mai 2026 à 10:00, Magasin <a@b.example> a écrit :",
    "Le 04/05/2026 à 10:00, Magasin a écrit :",
    "El lun, 4 may 2026 a las 10:00, Tienda (<a@b.example>) escribió:",
    "El 4/5/26 a las 10:00, Tienda escribió:",
    "pon., 4 maj 2026 o 10:00 Sklep <a@b.example> napisał(a):",
    "W dniu 4.05.2026 o 10:00, Sklep pisze:",
]
# Outlook's block, which quotes without any mark.
BLOCKS = [
    "From: Shop <a@b.example>\nSent: Monday, 4 May 2026\nTo: Ann\nSubject: Hi\n\nHi\n",
    "*From:* Shop <a@b.example>\n*Sent:* Monday\n*To:* Ann\n*Subject:* Hi\n\nHi\n",
    "Від: Крамниця <a@b.example>\nНадіслано: понеділок\nКому: Анна\nТема: Hi\n\nHi\n",
    "От: Магазин <a@b.example>\nОтправлено: понедельник\nКому: Анна\nТема: Hi\n\nHi\n",
    "از: فروشگاه <a@b.example>\nتاریخ: دوشنبه\nبه: آنا\nموضوع: سلام\n\nسلام\n",
    "Von: Laden <a@b.example>\nGesendet: Montag\nAn: Ann\nBetreff: Hi\n\nHi\n",
    "De : Magasin <a@b.example>\nEnvoyé : lundi\nÀ : Ann\nObjet : Hi\n\nHi\n",
    "De: Tienda <a@b.example>\nEnviado: lunes\nPara: Ann\nAsunto: Hi\n\nHi\n",
    "Od: Sklep <a@b.example>\nWysłano: poniedziałek\nDo: Ann\nTemat: Hi\n\nHi\n",
    "________________________________\nFrom: Shop\nSent: Monday\n\nHi\n",
    "-----Ursprüngliche Nachricht-----\nVon: Laden\n\nHi\n",
    "-------- Вихідне повідомлення --------\nТема: Hi\n\nHi\n",
    "-------- Исходное сообщение --------\nТема: Hi\n\nHi\n",
]
MOBILE = [
    "Sent from my iPhone",
    "Get Outlook for Android",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Wysłane z iPhone’a",
    "Надіслано з iPhone",
    "Отправлено с iPhone",
    "از آیفون من ارسال شد",
    "Sent from Yahoo Mail on Android",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_quotes_end_the_text_in_every_programs_words(line):
    assert (
        visible_text(f"Yes, 5 lamps.\nAnn\n\n{line}\n{QUOTED}") == "Yes, 5 lamps.\nAnn"
    )


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_answers_below_and_between_quotes_are_kept(line):
    text = f"{line}\n> Still interested?\nYes!\n\n> Which one?\n\nThe red.\n"

    assert visible_text(text) == "Yes!\n\nThe red."


@pytest.mark.parametrize("block", BLOCKS)
def test_header_blocks_end_the_text_in_every_language(block):
    assert visible_text(f"Yes, please.\n\n{block}") == "Yes, please."


@pytest.mark.parametrize("line", MOBILE)
def test_telephones_signatures_are_left_out(line):
    assert visible_text(f"Yes, please.\n\n{line}\n") == "Yes, please."


@pytest.mark.parametrize(
    "text",
    [
        "My boss wrote:\nbuy it!",
        "On Monday I will pay.\nTo: be decided",
        "Sent from my heart\n\nAnn",
        "Prices:\n- 5 lamps: 100\n- 2 cords: 10",
        "Від вас: лампа\nНам: знижка",
    ],
)
def test_own_words_that_look_like_quotes_are_kept(text):
    assert visible_text(text) == text


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote">'
        "<div>On Mon, 4 May 2026 Shop &lt;a@b.example&gt; wrote:"
        '<br></div><blockquote class="gmail_quote" style="border-left:1px">Hi'
        "</blockquote>",
        '<div class="moz-cite-prefix">On 04/05/2026 10:00, Shop wrote:<br></div>'
        '<blockquote type="cite" cite="mid:a@b.example"><p>Hi</p></blockquote>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Von:</b> Shop<br>'
        "</div>"
        "<div>Hi</div>",
        '<div class="yahoo_quoted"><div>Shop a@b.example</div><div>Hi</div></div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Shop'
        "<br>"
        "<b>Sent:</b> Monday<br><b>To:</b> Ann<br><b>Subject:</b>"
        " Hi</p></div><p>Hi</p>",
    ],
)
def test_html_replies_show_only_what_was_written(quote):
    raw = mails.html_reply(f"<p>Yes, please.</p><p>Ann</p>{quote}")

    assert classify(raw).visible_text == "Yes, please.\n\nAnn"


def test_html_answers_between_quotes_are_kept():
    raw = mails.html_reply(
        '<p>On 04/05/2026 10:00, Shop wrote:</p><blockquote type="cite">Red?'
        "</blockquote>"
        '<p>Yes!</p><blockquote type="cite">Two?</blockquote><p>Three.</p>'
    )

    assert classify(raw).visible_text == "Yes!\n\nThree."


def test_html_replies_are_read_behind_much_style():
    style = "p {margin: 0}" * 15_000

    raw = mails.html_reply(f"<style>{style}</style><BODY><p>Yes, please.</p></BODY>")

    assert classify(raw).visible_text == "Yes, please."


def test_own_indented_paragraphs_of_html_are_kept():
    raw = mails.html_reply(
        "<blockquote style='margin:0 0 0 40px'>I want it</blockquote>"
    )

    assert classify(raw).visible_text == "I want it"


def test_visible_text_keeps_answers_below_the_quote():
    text = "On Monday, Shop wrote:\n> Still interested?\nYes!\n> Which one?\nThe red.\n"

    assert visible_text(text) == "Yes!\nThe red."


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_visible_text_is_never_longer_than_the_text(text):
    assert len(visible_text(text)) <= len(text)
