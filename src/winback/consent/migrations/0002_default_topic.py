"""The topic that mailings are about until somebody adds others."""

from django.db import migrations


def add_default_topic(apps, schema_editor):
    Topic = apps.get_model("consent", "Topic")
    if not Topic.objects.filter(is_default=True).exists():
        Topic.objects.get_or_create(
            name="Offers and news",
            defaults={
                "is_default": True,
                "name_translations": {
                    "uk": "Пропозиції та новини",
                    "fa": "پیشنهادها و خبرها",
                },
            },
        )


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [
        # Backwards: nothing to undo, 0001 drops the table.
        migrations.RunPython(add_default_topic, migrations.RunPython.noop)
    ]
