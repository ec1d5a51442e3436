"""The mail that is measured: 30 KB of HTML, ten tracked links, a name in 12 places."""

from __future__ import annotations

MAIL_BYTES = 30_000


def html() -> str:
    block = (
        '<tr><td style="padding:16px;font-family:Tahoma,Arial,sans-serif">'
        '<h2 style="margin:0">Lamp {n}, {{{{ lead.first_name }}}}</h2>'
        '<p style="margin:0 0 12px">{text}</p>'
        '<a href="https://shop.bench.test/lamp/{n}?colour=warm" '
        'style="color:#0b5">See lamp {n}</a></td></tr>'
    )
    text = "Warm light for long evenings, and back in stock since this week. " * 40
    rows = "".join(block.format(n=n, text=text) for n in range(10))
    page = f"<html><body><p>Dear {{{{ lead.first_name }}}},</p><table>{rows}</table>"
    filler = "<p>" + "Terms apply as always. " * 200 + "</p>"
    return (page + filler)[:MAIL_BYTES] + "</body></html>"
