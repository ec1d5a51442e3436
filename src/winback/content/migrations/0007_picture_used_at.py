"""When a picture was last put into a mail; empty for those of before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0006_outside_addresses")]

    operations = [
        migrations.AddField(
            "picture", "used_at", models.DateTimeField(blank=True, null=True)
        )
    ]
