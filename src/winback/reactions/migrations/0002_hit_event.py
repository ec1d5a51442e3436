"""Hits get an id from where they were seen, so that one counts once.

Rows of before keep none. The index on the recipient alone goes:
``hit_by_recipient`` begins with the same column.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reactions", "0001_initial")]

    operations = [
        migrations.AddField(
            "hit",
            "event_id",
            models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AlterField(
            "hit",
            "recipient",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hits",
                to="mailings.recipient",
            ),
        ),
        migrations.AddIndex(
            "hit",
            models.Index(
                condition=models.Q(("rules_version__gt", 0), ("verdict", "unknown")),
                fields=["kind", "recipient"],
                name="hit_of_unknown",
            ),
        ),
    ]
