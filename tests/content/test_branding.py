"""The brand kit: colours, words in templates, the page, the public logo."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.factories import UserFactory
from winback.accounts.rules import Role
from winback.content.branding.colours import contrast, label_on, parse_colour, readable
from winback.content.branding.rules import (
    DEFAULT_BRAND,
    FONTS,
    Brand,
    brand_words,
    pairings,
    rebranded,
    with_brand,
    with_words,
)
from winback.content.branding.services import current_brand, shown_width
from winback.content.models import BrandKit, BrandLogo, Template
from winback.content.pictures import MAX_UPLOAD_BYTES
from winback.content.premade import premade_templates
from winback.core.models import Installation
from winback.mailings.services import create_mailing, start_from_template

YELLOW = Brand(accent="#ffd400", page="#3b0764", text="#4a044e", font="georgia")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        (" #0B6E69 ", "#0b6e69"),
        ("#abc", "#aabbcc"),
        ("red", None),
        ("#12345", None),
        ("#1234567", None),
        ("#0b6e69;background:url(x)", None),
        ("", None),
    ],
)
def test_parse_colour_takes_hex_and_nothing_else(text, colour):
    assert parse_colour(text) == colour


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#ffffff", "#ffffff") == 1


@given(ground=COLOURS, colour=COLOURS)
def test_what_the_kit_chooses_can_always_be_read(ground, colour):
    assert contrast(label_on(ground), ground) >= 4.5
    assert contrast(readable(colour, ground), ground) >= 4.5


@given(accent=COLOURS, page=COLOURS, text=COLOURS)
def test_words_on_the_kits_own_grounds_can_always_be_read(accent, page, text):
    words = brand_words(Brand(accent=accent, page=page, text=text), "en")

    for ink, ground in (
        ("brand_on_accent", "brand_accent"),
        ("brand_on_tint", "brand_tint"),
        ("brand_page_text", "brand_page"),
        ("brand_dark_text", "brand_dark_card"),
        ("brand_dark_quiet", "brand_dark_page"),
        ("brand_dark_on_accent", "brand_dark_accent"),
        ("brand_dark_on_tint", "brand_dark_tint"),
        ("brand_dark_accent_text", "brand_dark_card"),
    ):
        assert contrast(words[ink], words[ground]) >= 4.5, (ink, ground)


def test_pairings_say_what_is_too_faint():
    by_key = {pair.key: pair for pair in pairings(YELLOW)}

    assert not by_key["accent"].is_enough
    assert by_key["accent"].mended != YELLOW.accent
    assert not by_key["shape"].is_enough
    assert by_key["button"].is_enough
    assert all(pair.is_enough for pair in pairings(DEFAULT_BRAND))


def test_every_font_ends_in_a_face_that_every_machine_has():
    for stack in FONTS.values():
        assert stack.rsplit(", ", 1)[1] in {"serif", "sans-serif"}
        assert '"' not in stack
    persian = brand_words(YELLOW, "fa")["brand_font"]
    assert persian.startswith("Vazirmatn, Tahoma, Georgia")


@pytest.mark.parametrize("premade", premade_templates(), ids=lambda one: one.key)
def test_a_template_takes_the_kit_and_gives_its_words_back(premade):
    for content in premade.contents:
        filled = with_brand(content.body, YELLOW, content.language)

        assert "[[" not in filled
        again = with_brand(
            with_words(filled, YELLOW, content.language), DEFAULT_BRAND, "en"
        )
        assert YELLOW.accent not in again
        assert "Georgia" not in again


def test_with_words_leaves_other_colours_white_and_words_alone():
    body = '<mj-text color="#123456" font-size="9px">#ffd400</mj-text>'

    assert with_words(body, YELLOW, "en") == body
    white = '<mj-section background-color="#ffffff"></mj-section>'
    assert with_words(white, Brand(page="#ffffff"), "en") == white


def test_rebranded_turns_the_usual_look_into_the_kits():
    font = brand_words(DEFAULT_BRAND, "en")["brand_font"]
    body = f'<mj-button background-color="#0B6E69" font-family="{font}">A</mj-button>'

    assert rebranded(body, YELLOW, "en") == (
        '<mj-button background-color="#ffd400" '
        f'font-family="{brand_words(YELLOW, "en")["brand_font"]}">A</mj-button>'
    )
    assert rebranded(body, DEFAULT_BRAND, "en") == body.replace("0B6E69", "0b6e69")


@pytest.mark.parametrize(
    ("size", "width"), [((120, 40), 120), ((400, 80), 200), ((4000, 100), 240)]
)
def test_a_logo_is_shown_no_larger_than_it_has_room(size, width):
    assert shown_width(*size) == width


# -- the pages -----------------------------------------------------------------

VALUES = {
    "accent": "#FFD400",
    "page": "#3b0764",
    "text": "#4a044e",
    "font": "georgia",
    "links": "LinkedIn https://linkedin.example/lamps\n\nOur shop https://x.example",
}
COMPANY = {
    "company_name": "Lamp House",
    "postal_address": "1 Market Street",
    "website": "https://lamphouse.example/",
}


@pytest.fixture
def admin(client):
    user = UserFactory(role=Role.ADMINISTRATOR.value)
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = UserFactory(role=Role.MARKETING_MANAGER.value)
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_brand_kit_is_saved_and_every_new_mailing_takes_it(client, admin):
    logo = SimpleUploadedFile("x.png", png(2000, 400), content_type="text/html")

    answer = client.post(reverse("content:brand"), {**VALUES, **COMPANY, "logo": logo})

    assert answer.status_code == 302
    brand = current_brand()
    assert (brand.accent, brand.font) == ("#ffd400", "georgia")
    stored = BrandLogo.objects.get()
    assert (stored.width, stored.height, brand.logo_width) == (600, 120, 200)
    assert brand.links == (
        ("LinkedIn", "https://linkedin.example/lamps"),
        ("Our shop", "https://x.example"),
    )
    assert Installation.current().website == "https://lamphouse.example"
    now = timezone.now()
    mailing = create_mailing({}, by=admin, now=now)
    template = Template.objects.get(key="welcome_back")
    start_from_template(mailing, template, by=admin, now=now)
    body = mailing.versions.get().contents.get(language="").body
    assert 'background-color="#ffd400"' in body
    assert brand.logo_url in body
    assert "linkedin.example" in body
    assert "[[" not in body


@pytest.mark.django_db
def test_logo_is_public_and_kept_for_the_mails_that_show_it(client, admin):
    logo = SimpleUploadedFile("x.png", png(8, 8))
    client.post(reverse("content:brand"), {**VALUES, **COMPANY, "logo": logo})
    digest = BrandLogo.objects.get().digest
    client.post(reverse("content:brand"), {**VALUES, **COMPANY, "removes_logo": "on"})
    client.logout()

    answer = client.get(reverse("content:brand-logo", args=[digest]))

    assert current_brand().logo_url == ""
    assert hashlib.sha256(answer.content).hexdigest() == digest
    assert Image.open(io.BytesIO(answer.content)).size == (8, 8)
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.get(reverse("content:brand-logo", args=["0" * 64])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "red"},
        {"font": "comic"},
        {"links": "LinkedIn javascript:alert(1)"},
        {"links": "https://x.example"},
        {"links": "{{lead}} https://x.example"},
        {"links": 'a https://x.example/"onclick="x'},
        {"links": "\n".join(f"n{n} https://x.example" for n in range(7))},
        {"company_name": "two\nlines"},
        {"website": "javascript:alert(1)"},
        {"logo": SimpleUploadedFile("x.png", b"<svg/>", content_type="image/png")},
        {"logo": SimpleUploadedFile("x.png", png(8, 8)[:30])},
        {"logo": SimpleUploadedFile("x.png", png(8, 8) + b"0" * MAX_UPLOAD_BYTES)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_kit_that_cannot_be_is_refused_whole(client, admin, wrong):
    answer = client.post(reverse("content:brand"), {**VALUES, **COMPANY, **wrong})

    assert answer.status_code == 422
    assert not BrandKit.objects.exists()
    assert not BrandLogo.objects.exists()
    assert Installation.current().company_name == ""


@pytest.mark.django_db
def test_a_manager_changes_the_kit_but_not_the_companys_name(client, manager):
    page = client.get(reverse("content:brand")).content.decode()
    answer = client.post(reverse("content:brand"), {**VALUES, **COMPANY})

    assert 'name="company_name"' not in page
    assert answer.status_code == 302
    assert current_brand().accent == "#ffd400"
    assert Installation.current().company_name == ""


@pytest.mark.django_db
def test_preview_and_contrast_show_what_is_not_saved(client, manager):
    preview = client.get(
        reverse("content:brand-preview"),
        {**VALUES, "template": "price_drop", "language": "fa", "look": "dark"},
    )
    told = client.get(reverse("content:brand-contrast"), {"accent": "#ffd400"})

    assert 'dir="rtl"' in preview.content.decode()
    assert "#ffd400" in preview.content.decode()
    assert "sandbox" in preview["Content-Security-Policy"]
    assert "1.4 : 1" in told.content.decode()
    assert not BrandKit.objects.exists()
    for wrong in ({"template": "no-such"}, {"template": ""}):
        assert client.get(reverse("content:brand-preview"), wrong).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["brand", "brand-preview", "brand-contrast"])
def test_brand_kit_does_not_exist_for_those_who_may_not_change_it(client, name):
    client.force_login(UserFactory(role=Role.MARKETING_USER.value))

    assert client.get(reverse(f"content:{name}")).status_code == 404
    answer = client.post(reverse("content:brand"), VALUES)
    assert answer.status_code == 404
    assert not BrandKit.objects.exists()
