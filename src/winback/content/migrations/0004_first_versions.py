"""Write our own templates anew, and a first version of everybody else's.

0003 added the table of versions. Safe to repeat: our own templates are found by
their keys, and a template that has a version is left alone.
"""

from django.db import migrations
from django.utils import timezone

from winback.content.premade import load_premade

WRITTEN = ("language", "subject", "preheader", "body_kind", "body")


def fill(apps, schema_editor):
    template_model = apps.get_model("content", "Template")
    content_model = apps.get_model("content", "TemplateContent")
    version_model = apps.get_model("content", "TemplateVersion")
    load_premade(template_model, content_model, now=timezone.now())
    saved = template_model.objects.filter(key="", versions__isnull=True)
    for template in saved.prefetch_related("contents"):
        version_model.objects.create(
            template=template,
            number=template.version,
            saved_at=template.created_at,
            author_id=template.owner_id,
            contents=[
                {name: getattr(content, name) for name in WRITTEN}
                for content in template.contents.all()
            ],
        )


class Migration(migrations.Migration):
    dependencies = [("content", "0003_versions_and_brand")]

    operations = [
        # Backwards: nothing to undo, 0003 drops the table.
        migrations.RunPython(fill, migrations.RunPython.noop)
    ]
