"""The stages and lost reasons that a new installation begins with.

Safe to repeat: a name that is there already is left as it is. The won stage's
position leaves room for stages of one's own before it.
"""

from decimal import Decimal

from django.db import migrations

# name, Ukrainian, Persian, position, default probability, won stage
STAGES = [
    ("New", "Новий", "جدید", 1, 10, False),
    ("Qualified", "Кваліфікований", "واجد شرایط", 2, 30, False),
    ("Proposition", "Пропозиція", "پیشنهاد", 3, 60, False),
    ("Won", "Виграно", "برنده", 70, 100, True),
]
REASONS = [
    ("Too expensive", "Занадто дорого", "خیلی گران", 1),
    (
        "We don't have people/skills",
        "Бракує людей або навичок",
        "نیرو یا مهارت نداریم",
        2,
    ),
    ("Not enough stock", "Недостатньо на складі", "موجودی کافی نیست", 3),
]


def add_defaults(apps, schema_editor):
    Stage = apps.get_model("crm", "Stage")
    LostReason = apps.get_model("crm", "LostReason")
    for name, uk, fa, position, probability, is_won in STAGES:
        Stage.objects.get_or_create(
            name=name,
            defaults={
                "name_translations": {"uk": uk, "fa": fa},
                "position": position,
                "probability": Decimal(probability),
                "is_won": is_won,
            },
        )
    for name, uk, fa, position in REASONS:
        LostReason.objects.get_or_create(
            name=name,
            defaults={
                "name_translations": {"uk": uk, "fa": fa},
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]

    operations = [
        # Backwards: rows that people may have put to use stay.
        migrations.RunPython(add_defaults, migrations.RunPython.noop)
    ]
