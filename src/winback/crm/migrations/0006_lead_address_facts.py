"""What is known of a lead's address, and what its owner wishes.

Instant beside the old code on PostgreSQL: the defaults stand in the database, and
nearly all addresses are good. 0007 fills in the others, 0008 adds the indexes.
"""

from django.db import migrations, models

QUALITIES = [
    ("invalid", "Invalid"),
    ("unreachable", "Domain takes no mail"),
    ("typo", "Mistyped large domain"),
    ("disposable", "Disposable"),
    ("role", "Shared post box"),
    ("good", "Good"),
]


class Migration(migrations.Migration):
    dependencies = [("crm", "0005_names_an_import_added")]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="paused_until",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="paused until"
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="mail_gap_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="days between mails"
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="ignored_in_a_row",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="ignored in a row"
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="address_quality",
            field=models.CharField(
                blank=True,
                choices=QUALITIES,
                db_default="good",
                default="good",
                max_length=11,
                verbose_name="address quality",
            ),
        ),
    ]
