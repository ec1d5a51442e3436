"""Names, places and phrases of the sample, by language. Everything is made up.

A name is its writing and its Latin letters for the address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Locale:
    """What leads of one language are made of."""

    weight: int
    # city, country, time zone, telephone prefix
    places: list[tuple[str, str, str, str]]
    first_names: list[tuple[str, str]]
    last_names: list[tuple[str, str]]
    # writing with {name}, Latin word for the domain
    companies: list[tuple[str, str]]
    titles: list[str]  # with {count} and {product}
    # closing notes by key of the lost reason
    notes: dict[str, list[str]]
    currency: str = "EUR"


def _pairs(text: str) -> list[tuple[str, str]]:
    """``"Олена olena, Іван ivan"`` as pairs; a Latin word stands for itself."""
    pairs = []
    for item in text.split(","):
        words = item.split()
        pairs.append((words[0], words[-1].lower()))
    return pairs


LOCALES: dict[str, Locale] = {
    "en": Locale(
        weight=30,
        currency="USD",
        places=[
            ("London", "GB", "Europe/London", "+44 20 7946"),
            ("Manchester", "GB", "Europe/London", "+44 161 496"),
            ("Dublin", "IE", "Europe/Dublin", "+353 20 915"),
            ("Boston", "US", "America/New_York", "+1 617 555"),
            ("Portland", "US", "America/Los_Angeles", "+1 503 555"),
            ("Melbourne", "AU", "Australia/Melbourne", "+61 3 7010"),
        ],
        first_names=_pairs(
            "Ada, Alice, Arthur, Beth, Callum, Charlotte, Daniel, Edith, Emma, Finn,"
            "Grace, Harry, Isla, Jack, Kate, Liam, Maeve, Nathan, Olive, Owen, Poppy,"
            "Quentin, Rosa, Simon, Tara, Victor, Wendy, Zoe"
        ),
        last_names=_pairs(
            "Archer, Bailey, Barlow, Cooper, Dawson, Ellis, Fletcher, Garner, Hayes,"
            "Holt, Ingram, Jennings, Keane, Lawson, Marsh, Nolan, O’Brien obrien,"
            "Price, Quinn, Reeve, Shaw, Thorne, Underhill, Vance, Whitfield, Yates"
        ),
        companies=[
            ("{name} & Daughters", "daughters"),
            ("{name} Interiors", "interiors"),
            ("{name} Gift House", "gifts"),
            ("The {name} Shop", "shop"),
            ("{name} Supply", "supply"),
        ],
        titles=[
            "{count} × {product}",
            "{product} for the spring window, {count} pieces",
            "{count} × {product}, gift season",
        ],
        notes={
            "stock": [
                "Wanted {count}, the run had sold out. Asked to hear when it is back.",
                "Sold out before they could order. Would take the next run.",
                "Needed delivery in two weeks, nothing left in the warehouse.",
            ],
            "price": [
                "Liked it, over budget. Would look again at a lower price.",
                "A competitor was a fifth cheaper.",
            ],
            "skills": ["Needed fitting on site, which we do not offer there."],
            "": ["Stopped answering.", "No decision, no reason given."],
        },
    ),
    "uk": Locale(
        weight=18,
        currency="UAH",
        places=[
            ("Київ", "UA", "Europe/Kyiv", "+380 44 000"),
            ("Львів", "UA", "Europe/Kyiv", "+380 32 000"),
            ("Одеса", "UA", "Europe/Kyiv", "+380 48 000"),
            ("Харків", "UA", "Europe/Kyiv", "+380 57 000"),
        ],
        first_names=_pairs(
            "Олена olena, Іван ivan, Марія mariia, Тарас taras, Ганна hanna,"
            "Богдан bohdan, Соломія solomiia, Юрій yurii, Катерина kateryna,"
            "Остап ostap, Леся lesia, Назар nazar, Дарина daryna, Ігор ihor"
        ),
        last_names=_pairs(
            "Шевчук shevchuk, Коваленко kovalenko, Бондар bondar, Мельник melnyk,"
            "Гончаренко honcharenko, Ткач tkach, Поліщук polishchuk, Кравець kravets,"
            "Лисенко lysenko, Їжакевич yizhakevych, Савчук savchuk, Дяченко diachenko"
        ),
        companies=[
            ("Крамниця «{name}»", "kramnytsia"),
            ("ТОВ «{name} Дім»", "dim"),
            ("{name} і партнери", "partnery"),
        ],
        titles=[
            "{count} × {product} для вітрини",
            "{product}, {count} шт.",
            "{product} на подарунки, {count} шт.",
        ],
        notes={
            "stock": [
                "Хотіли {count} шт., але партію розпродано. Просили написати.",
                "Товару не було на складі. Візьмуть із наступної партії.",
            ],
            "price": ["Задорого. Повернуться, якщо ціна впаде."],
            "skills": ["Потрібен був монтаж на місці, ми його не робимо."],
            "": ["Перестали відповідати."],
        },
    ),
    "fa": Locale(
        weight=14,
        places=[
            ("تهران", "IR", "Asia/Tehran", "+98 21 0000"),
            ("اصفهان", "IR", "Asia/Tehran", "+98 31 0000"),
            ("شیراز", "IR", "Asia/Tehran", "+98 71 0000"),
            ("تبریز", "IR", "Asia/Tehran", "+98 41 0000"),
        ],
        first_names=_pairs(
            "مینا mina, رضا reza, شیرین shirin, بهرام bahram, نیلوفر niloofar,"
            "آرش arash, پریسا parisa, کیان kian, سارا sara, داریوش dariush, لاله laleh,"
            "امید omid, گلناز golnaz, یاسمن yasaman"
        ),
        last_names=_pairs(
            "کریمی karimi, رستمی rostami, یوسفی yousefi, تهرانی tehrani,"
            "شاه‌حسینی shahhosseini, نیک‌پور nikpour, کاظمی kazemi, فرهادی farhadi,"
            "صالحی salehi, پارسا parsa, مرادی moradi, جعفری jafari"
        ),
        companies=[
            ("فروشگاه {name}", "forooshgah"),
            ("گالری {name}", "gallery"),
            ("بازرگانی {name}", "bazargani"),
        ],
        titles=[
            "{count} عدد {product} برای فروشگاه",
            "سفارش {product}، {count} عدد",
            "{product} برای هدیه، {count} عدد",
        ],
        notes={
            "stock": [
                "{count} عدد می‌خواستند، موجودی تمام شده بود. خواستند خبرشان کنیم.",
                "کالا در انبار نبود؛ از سری بعدی می‌خرند.",
            ],
            "price": ["قیمت بالا بود. اگر ارزان‌تر شود دوباره می‌آیند."],
            "skills": ["نصب در محل می‌خواستند که انجام نمی‌دهیم."],
            "": ["دیگر پاسخ ندادند."],
        },
    ),
    "de": Locale(
        weight=13,
        places=[
            ("Berlin", "DE", "Europe/Berlin", "+49 30 23125"),
            ("München", "DE", "Europe/Berlin", "+49 89 99998"),
            ("Köln", "DE", "Europe/Berlin", "+49 221 4710"),
            ("Wien", "AT", "Europe/Vienna", "+43 1 000"),
        ],
        first_names=_pairs(
            "Anja, Björn bjoern, Clara, Dieter, Elke, Florian, Greta, Heiko, Jana,"
            "Jürgen juergen, Lotte, Matthias, Sabine, Uwe"
        ),
        last_names=_pairs(
            "Ackermann, Böhm boehm, Drexler, Eberhardt, Groß gross, Hofmann, Krüger"
            " krueger, Lindner, Müller mueller, Pfeiffer, Schäfer schaefer, Vogt"
        ),
        companies=[
            ("{name} Wohnen GmbH", "wohnen"),
            ("Kaufhaus {name}", "kaufhaus"),
            ("{name} & Söhne", "soehne"),
        ],
        titles=["{count} × {product} fürs Schaufenster", "{product}, {count} Stück"],
        notes={
            "stock": [
                "Wollte {count} Stück, die Auflage war ausverkauft.",
                "Nicht lieferbar. Bitte melden, sobald wieder Ware da ist.",
            ],
            "price": ["Zu teuer, bei besserem Preis wieder fragen."],
            "skills": ["Montage vor Ort gewünscht, bieten wir nicht an."],
            "": ["Meldet sich nicht mehr."],
        },
    ),
    "fr": Locale(
        weight=10,
        places=[
            ("Paris", "FR", "Europe/Paris", "+33 1 99 00"),
            ("Lyon", "FR", "Europe/Paris", "+33 4 65 71"),
            ("Bruxelles", "BE", "Europe/Brussels", "+32 2 000"),
        ],
        first_names=_pairs(
            "Aurélie aurelie, Benoît benoit, Chloé chloe, Didier, Élise elise,"
            "François francois, Gaëlle gaelle, Hugo, Inès ines, Luc, Manon, Zoé zoe"
        ),
        last_names=_pairs(
            "Besson, Carpentier, Delacroix, Fournier, Girard, Lefèvre lefevre,"
            "Mercier, Noël noel, Perrin, Rousseau, Vasseur"
        ),
        companies=[("Maison {name}", "maison"), ("{name} et Fils", "fils")],
        titles=["{count} × {product} pour la vitrine", "{product}, {count} pièces"],
        notes={
            "stock": ["Voulait {count} pièces, série épuisée. À prévenir au retour."],
            "price": ["Trop cher pour cette saison."],
            "skills": ["Souhaitait la pose sur place."],
            "": ["Ne répond plus."],
        },
    ),
    "pl": Locale(
        weight=8,
        currency="PLN",
        places=[
            ("Warszawa", "PL", "Europe/Warsaw", "+48 22 000"),
            ("Kraków", "PL", "Europe/Warsaw", "+48 12 000"),
            ("Łódź", "PL", "Europe/Warsaw", "+48 42 000"),
        ],
        first_names=_pairs(
            "Agnieszka, Bartłomiej bartlomiej, Celina, Grażyna grazyna, Jacek,"
            "Łucja lucja, Małgorzata malgorzata, Paweł pawel, Stanisław stanislaw"
        ),
        last_names=_pairs(
            "Dąbek dabek, Jabłoń jablon, Kaczmarek, Nowak, Pawlak, Śliwa sliwa,"
            "Wójcik wojcik, Żak zak, Gołąb golab"
        ),
        companies=[("Sklep {name}", "sklep"), ("{name} i Spółka", "spolka")],
        titles=["{count} × {product} do witryny", "{product}, {count} szt."],
        notes={
            "stock": ["Chcieli {count} szt., nakład wyprzedany. Dać znać o dostawie."],
            "price": ["Za drogo na ten sezon."],
            "skills": ["Potrzebny montaż na miejscu."],
            "": ["Brak odpowiedzi."],
        },
    ),
    "es": Locale(
        weight=4,
        places=[
            ("Sevilla", "ES", "Europe/Madrid", "+34 910 00"),
            ("Ciudad de México", "MX", "America/Mexico_City", "+52 55 0000"),
        ],
        first_names=_pairs(
            "Begoña begona, Diego, Íñigo inigo, Lucía lucia, Nuria, Óscar oscar"
        ),
        last_names=_pairs("Aguilar, Ibáñez ibanez, Muñoz munoz, Núñez nunez, Soler"),
        companies=[("Casa {name}", "casa")],
        titles=["{count} × {product} para el escaparate"],
        notes={
            "stock": ["Quería {count} unidades, la serie estaba agotada."],
            "price": ["Demasiado caro."],
            "skills": ["Pedía instalación."],
            "": ["Sin respuesta."],
        },
    ),
    "ja": Locale(
        weight=3,
        currency="JPY",
        places=[("京都", "JP", "Asia/Tokyo", "+81 75 000")],
        first_names=_pairs("葵 aoi, 健太 kenta, 美咲 misaki, 蓮 ren, 結衣 yui"),
        last_names=_pairs("佐藤 sato, 高橋 takahashi, 渡辺 watanabe, 小林 kobayashi"),
        companies=[("{name}商店", "shoten")],
        titles=["{product} {count}点"],
        notes={
            "stock": ["{count}点希望、在庫切れ。入荷の連絡を希望。"],
            "price": ["予算を超えた。"],
            "skills": ["設置を希望。"],
            "": ["返事なし。"],
        },
    ),
}
