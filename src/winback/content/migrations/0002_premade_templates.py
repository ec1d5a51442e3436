"""Write our own templates into the database."""

from django.db import migrations
from django.utils import timezone

from winback.content.premade import load_premade


def load(apps, schema_editor):
    load_premade(
        apps.get_model("content", "Template"),
        apps.get_model("content", "TemplateContent"),
        now=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [("content", "0001_initial")]

    operations = [
        # Backwards: nothing to undo, 0001 drops the tables.
        migrations.RunPython(load, migrations.RunPython.noop)
    ]
