"""Fill the lanes of the large receiving groups, and which domains are theirs.

Only what is not there is added, so that running it again changes nothing.
Which domains belong together is each provider's own public statement or its
MX records; whoever is missing can be added on screen as a lane of their own.
"""

from django.db import migrations

LANES = {
    "google": ("Google (Gmail)", "gmail.com googlemail.com"),
    "microsoft": (
        "Microsoft (Outlook, Hotmail)",
        "outlook.com hotmail.com live.com msn.com windowslive.com passport.com"
        " outlook.at outlook.be outlook.com.au outlook.com.br outlook.cz outlook.de"
        " outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in"
        " outlook.it outlook.jp outlook.pt outlook.sa outlook.sk"
        " hotmail.at hotmail.be hotmail.ca hotmail.ch hotmail.co.uk hotmail.com.ar"
        " hotmail.com.au hotmail.com.br hotmail.com.tr hotmail.cz hotmail.de"
        " hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.hu hotmail.it"
        " hotmail.nl hotmail.no hotmail.se live.at live.be live.ca live.ch"
        " live.co.uk live.com.au live.com.mx live.com.pt live.de live.dk live.fr"
        " live.ie live.it live.nl live.no live.se",
    ),
    "yahoo": (
        "Yahoo, AOL",
        "yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com aol.de"
        " aol.fr aol.co.uk yahoo.at yahoo.be yahoo.ca yahoo.co.id yahoo.co.in"
        " yahoo.co.nz yahoo.co.uk yahoo.com.ar yahoo.com.au yahoo.com.br"
        " yahoo.com.hk yahoo.com.mx yahoo.com.sg yahoo.com.tr yahoo.com.tw"
        " yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr"
        " yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl"
        " yahoo.pt yahoo.ro yahoo.se verizon.net att.net sbcglobal.net"
        " bellsouth.net",
    ),
    "apple": ("Apple (iCloud)", "icloud.com me.com mac.com"),
    "ukr.net": ("Ukr.net", "ukr.net"),
    "i.ua": ("I.UA", "i.ua ua.fm email.ua"),
    "meta.ua": ("Meta.ua", "meta.ua"),
    "gmx": (
        "GMX, WEB.DE",
        "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.eu gmx.fr gmx.co.uk web.de"
        " mail.com email.com",
    ),
    "t-online.de": ("T-Online", "t-online.de magenta.de"),
    "wp.pl": ("WP, O2 (Poland)", "wp.pl o2.pl tlen.pl go2.pl"),
    "onet.pl": ("Onet (Poland)", "onet.pl onet.eu op.pl vp.pl poczta.onet.pl"),
    "interia.pl": ("Interia (Poland)", "interia.pl interia.eu interia.com poczta.fm"),
    "seznam.cz": ("Seznam (Czechia)", "seznam.cz email.cz post.cz spoluzaci.cz"),
    "orange.fr": ("Orange (France)", "orange.fr wanadoo.fr"),
    "libero.it": ("Libero (Italy)", "libero.it virgilio.it iol.it inwind.it"),
    "proton": ("Proton", "proton.me protonmail.com protonmail.ch pm.me"),
    "zoho": ("Zoho", "zoho.com zoho.eu zoho.in zohomail.com zohomail.eu"),
    "mail.ru": ("Mail.ru", "mail.ru bk.ru inbox.ru list.ru internet.ru"),
    "yandex": ("Yandex", "yandex.ru yandex.com yandex.by yandex.kz ya.ru narod.ru"),
}


def fill(apps, schema_editor):
    Lane = apps.get_model("delivery", "Lane")
    DomainLane = apps.get_model("delivery", "DomainLane")
    for key, (name, domains) in LANES.items():
        Lane.objects.get_or_create(key=key, defaults={"name": name})
        DomainLane.objects.bulk_create(
            [
                DomainLane(domain=domain, lane_id=key, source="known")
                for domain in domains.split()
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_lanes_limits_guards")]

    # Backwards: nothing to undo, 0003 drops the tables.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
