"""Pictures of our own templates, and of all of them on a few sheets.

    python tools/template_sheets.py FOLDER

Every template in every language at 360 and 640 px: light, dark, and darkened by
force, as programs do that know no dark rules; and once more with a brand kit of
strong colours and a long company name (``--brand strong``). One picture for each
(``KEY.LANGUAGE.WIDTH.LOOK.png``) and one sheet for each width and look. Prints
each that is wider than its window. Exit 1 if any. Needs Playwright and a Chromium
(CHROMIUM names another program than ``chromium``); no running Winback.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
django.setup()

from playwright.sync_api import Browser, Playwright, sync_playwright  # noqa: E402

from winback.content.branding.rules import DEFAULT_BRAND, Brand  # noqa: E402
from winback.content.fields import sample_values  # noqa: E402
from winback.content.liquid.formats import Money  # noqa: E402
from winback.content.premade import PremadeContent, premade_templates  # noqa: E402
from winback.content.rendering import (  # noqa: E402
    ContentSource,
    MergeContext,
    compile_content,
)

WIDTHS = (360, 640)
LOOKS = ("light", "dark", "forced")
_FORCED = ["--enable-features=WebContentsForceDark"]
_SHEET = (
    "<!doctype html><body style='margin:12px;background:#778;display:flex;"
    "flex-wrap:wrap;gap:12px;align-items:flex-start;font:14px sans-serif'>{}</body>"
)
_CELL = (
    "<figure style='margin:0;width:{width}px'><img src='{src}' width='{width}'>"
    "<figcaption>{name}</figcaption></figure>"
)
PEOPLE = {
    "en": ("Olivia", "Aurora 200 desk lamp", "EUR", "Ana Silva"),
    "uk": ("Ольга", "Настільна лампа Аврора 200", "UAH", "Андрій Шевченко"),
    "fa": ("مریم", "چراغ مطالعهٔ آئورا ۲۰۰", "EUR", "آرش محمدی"),
}
COMPANIES = {
    "plain": ("Lamp House", "1 Market Street, 79000 Lviv"),
    "strong": (
        "International Lighting and Household Equipment Trading Company of Lviv",
        "Building 14, third entrance, office 1207, 1 Hrushevskoho Street, 79000 Lviv",
    ),
}
BRANDS = {
    "plain": DEFAULT_BRAND,
    "strong": Brand(
        accent="#ffd400",
        page="#3b0764",
        text="#4a044e",
        font="georgia",
        links=(
            ("LinkedIn", "https://linkedin.example/lamps"),
            ("Instagram", "https://instagram.example/lamps"),
            ("Telegram", "https://t.example/lamps"),
        ),
    ),
}


@dataclass(frozen=True)
class Shot:
    """One picture to take."""

    name: str
    html: str
    width: int
    look: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--brand", choices=BRANDS, default="plain")
    parser.add_argument("--look", choices=LOOKS, action="append")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with sync_playwright() as playwright:
        for look in arguments.look or LOOKS:
            browser = _browser(playwright, look)
            for width in WIDTHS:
                shots = list(_shots(arguments.brand, width, look))
                faults += _take(browser, shots, arguments.out)
                _sheet(browser, shots, arguments.out, f"{width}.{look}")
            browser.close()
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _browser(playwright: Playwright, look: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", *(_FORCED if look == "forced" else [])],
    )


def _shots(brand: str, width: int, look: str) -> Iterator[Shot]:
    for premade in premade_templates():
        for content in premade.contents:
            name = f"{premade.key}.{content.language}.{width}.{look}"
            yield Shot(name, mail_html(content, brand), width, look)


def mail_html(content: PremadeContent, brand: str) -> str:
    """The mail as a person of that language gets it."""
    compiled = compile_content(
        ContentSource(
            subject=content.subject,
            preheader=content.preheader,
            body_kind="mjml",
            body=content.body,
            language=content.language,
            brand=BRANDS[brand],
        )
    )
    language = content.language
    first_name, product, currency, owner = PEOPLE[language]
    company, address = COMPANIES[brand]
    values = sample_values() | {
        "lead": {
            "first_name": first_name,
            "product": {
                "name": product,
                "price": Money(Decimal("1249.00"), currency, language),
                "stock": 120,
            },
        },
        "owner": {"name": owner, "email": "sales@lamphouse.example"},
        "company": {
            "name": company,
            "postal_address": address,
            "website": "https://lamphouse.example",
        },
        "language_code": language,
    }
    return compiled.render(MergeContext(values=values)).html


def _take(browser: Browser, shots: list[Shot], out: Path) -> list[str]:
    faults = []
    first = shots[0]
    page = browser.new_page(
        viewport={"width": first.width, "height": 700},
        color_scheme="dark" if first.look == "dark" else "light",
    )
    for shot in shots:
        page.set_content(shot.html)
        page.screenshot(path=out / f"{shot.name}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{shot.name}: {wide} px wider than the window")
    page.close()
    return faults


def _sheet(browser: Browser, shots: list[Shot], out: Path, name: str) -> None:
    shown = shots[0].width // 2 if shots[0].width > 400 else 240
    cells = "".join(
        _CELL.format(
            width=shown,
            src=(out / f"{shot.name}.png").resolve().as_uri(),
            name=shot.name,
        )
        for shot in shots
    )
    source = out / f"sheet.{name}.html"
    source.write_text(_SHEET.format(cells), encoding="utf-8")
    page = browser.new_page(viewport={"width": (shown + 12) * 6 + 24, "height": 800})
    page.goto(source.resolve().as_uri())
    page.screenshot(path=out / f"sheet.{name}.png", full_page=True)
    page.close()
    source.unlink()


if __name__ == "__main__":
    sys.exit(main())
