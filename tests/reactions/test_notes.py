"""Automatic answers and what they tell; wishes in words."""

from datetime import date

import pytest
from tests.reactions import mails

from winback.reactions.classify import classify


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: It is back",
        "AutoReply: Hi",
        "Auto: Re: Hi",
        "Out of Office",
        "Out of office: Ann",
        "Vacation reply",
        "Автовідповідь: Лампа",
        "Автоматична відповідь: Лампа",
        "Автоответ: Лампа",
        "Автоматический ответ: Лампа",
        "پاسخ خودکار: چراغ",
        "Automatische Antwort: Hi",
        "Abwesenheitsnotiz: Hi",
        "Réponse automatique : Hi",
        "Absence du bureau : Ann",
        "Respuesta automática: Hi",
        "Fuera de la oficina: Ann",
        "Odpowiedź automatyczna: Hi",
        "Autoodpowiedź: Hi",
    ],
)
def test_automatic_answers_are_known_by_their_subject_alone(subject):
    assert classify(mails.reply("Gone.", subject=subject)).kind == "auto_reply"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Hi"},
        {"Precedence": "auto_reply"},
    ],
)
def test_automatic_answers_are_known_by_their_headers(headers):
    assert classify(mails.reply("Gone.", **headers)).kind == "auto_reply"


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Re: Automatic reply: It is back", {}),
        ("Automatic reply systems, please quote", {}),
        ("Away from Friday, can we meet before?", {}),
        ("Out of office furniture", {}),
        ("I am out of lamps", {}),
        ("Auto: neue Lampe", {}),
        ("On vacation I saw your lamp", {}),
        ("Автоответчик не работает", {}),
        ("Автовідповідач купити", {}),
        ("Re: Hi", {"Auto_Submitted": "no"}),
        ("Re: Hi", {"X_Autoreply": "no"}),
        ("Re: Hi", {"Precedence": "bulk"}),
        ("Re: Hi", {"X_Auto_Response_Suppress": "All"}),
        ("Re: Hi", {"List_Id": "<a.example>"}),
    ],
)
def test_no_persons_answer_is_called_automatic(subject, headers):
    assert classify(mails.reply("Yes!", subject=subject, **headers)).kind == "reply"


# Sent on Monday, 4 May 2026.
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until 10 May.", date(2026, 5, 11)),
        ("I will be back on Monday, May 11, 2026.", date(2026, 5, 11)),
        ("I return on 2026-05-11.", date(2026, 5, 11)),
        ("Away 5 May through 10 May, back on 11th May", date(2026, 5, 11)),
        ("Back on 11/05/2026.", date(2026, 5, 11)),
        ("Returning January 7th.", date(2027, 1, 7)),
        ("Я у відпустці до 10 травня.", date(2026, 5, 11)),
        ("Повернуся 11 травня 2026 року.", date(2026, 5, 11)),
        ("Я в отпуске по 10 мая включительно.", date(2026, 5, 11)),
        ("Вернусь 11.05.2026.", date(2026, 5, 11)),
        ("تا ۲۰ اردیبهشت ۱۴۰۵ در دفتر نیستم.", date(2026, 5, 11)),
        ("از ۲۱ اردیبهشت در دسترس هستم.", date(2026, 5, 11)),
        ("Ich bin bis 10. Mai 2026 nicht im Büro.", date(2026, 5, 11)),
        ("Ab dem 11.05. bin ich wieder da.", date(2026, 5, 11)),
        ("Je suis absente jusqu'au 10 mai.", date(2026, 5, 11)),
        ("De retour le 11 mai 2026.", date(2026, 5, 11)),
        ("Estaré fuera hasta el 10 de mayo de 2026.", date(2026, 5, 11)),
        ("Vuelvo el 11 de mayo.", date(2026, 5, 11)),
        ("Jestem nieobecna do 10 maja 2026.", date(2026, 5, 11)),
        ("Wracam 11 maja.", date(2026, 5, 11)),
        ("I am away for a while.", None),
        ("I was back on 1 May 2026.", None),
        ("Back on 31 February.", None),
        ("Our lamp of 10 May 2026 is sold.", None),
        ("Back on 11 May 2036.", None),
    ],
)
def test_absent_people_say_when_they_are_back(text, day):
    assert classify(mails.absence(text)).returns_on == day


def test_without_a_date_of_sending_nothing_is_known_of_the_return():
    note = mails.reply("Back on 11 May.", Auto_Submitted="auto-replied")

    assert classify(note).returns_on is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("My new email address is ann@new.example, please use it.", "ann@new.example"),
        ("I left. Please write to bob@new.example from now on.", None),
        ("Моя нова адреса: ann@new.example", "ann@new.example"),
        ("Мой новый адрес ann@new.example", "ann@new.example"),
        ("آدرس جدید من: ann@new.example", "ann@new.example"),
        ("Meine neue E-Mail-Adresse lautet ann@new.example.", "ann@new.example"),
        ("Ma nouvelle adresse : ann@new.example", "ann@new.example"),
        ("Mi nueva dirección es ann@new.example", "ann@new.example"),
        ("Mój nowy adres: ann@new.example", "ann@new.example"),
        ("My new address is ann@example.org", None),
        ("Ask sales@example.org about it.", None),
        ("I have a new address, Main Street 5.\n\nMy boss: boss@example.org", None),
    ],
)
def test_changed_address_notices_name_the_new_one(text, address):
    assert classify(mails.reply(text)).new_address == address


@pytest.mark.parametrize(
    "text",
    [
        "Please unsubscribe me",
        "Take me off your list",
        "Remove me!",
        "Stop emailing me",
        "Відпишіть мене, будь ласка",
        "Не пишіть мені більше",
        "Видаліть мою адресу",
        "Отпишите меня",
        "Больше не присылайте",
        "Удалите мой адрес",
        "لطفا اشتراک مرا لغو کنید؛ لغو اشتراک",
        "دیگر ایمیل نفرستید",
        "مرا از لیست حذف کنید",
        "Bitte abmelden",
        "Keine weiteren Mails bitte",
        "Bitte aus dem Verteiler nehmen",
        "Désabonnez-moi",
        "Je ne veux plus recevoir vos mails",
        "Ne m'écrivez plus",
        "Quiero darme de baja",
        "No me envíen más correos",
        "No quiero recibir correos",
        "Proszę mnie wypisać",
        "Rezygnuję z newslettera",
        "Nie chcę otrzymywać wiadomości",
    ],
)
def test_wishes_to_be_left_alone_are_understood(text):
    found = classify(mails.reply(text + mails.QUOTE))

    assert (found.kind, found.recipients) == ("unsubscribe", ["ann@example.org"])


@pytest.mark.parametrize(
    "text",
    [
        "Please do not unsubscribe me!",
        "Why did you unsubscribe me?",
        "Yes, remove the old one",
        "Не відписуйте мене",
        "Не отписывайте меня",
        "Bitte nicht abmelden",
        "Stop by on Friday",
        "Wie melde ich mich an?",
    ],
)
def test_other_wishes_are_not_taken_for_it(text):
    assert classify(mails.reply(text)).kind == "reply"


def test_apple_mails_button_is_a_wish():
    raw = mails.reply(
        "Apple Mail sent this.",
        Auto_Submitted="auto-replied",
        X_Apple_Unsubscribe="true",
    )

    assert classify(raw).kind == "unsubscribe"


@pytest.mark.parametrize(
    "text",
    [
        "Please confirm that you are human, then your message is delivered.",
        "Click the link below and your e-mail will be released to Ann's inbox.",
        "Bestätigen Sie, dass Sie kein Roboter sind; erst dann wird zugestellt.",
        "Підтвердіть, що ви не робот.",
        "Подтвердите, что вы не робот.",
    ],
)
def test_challenges_are_told_from_answers(text):
    raw = mails.reply(text, subject="Re: Hi", Auto_Submitted="auto-replied")

    assert classify(raw).kind == "challenge"
