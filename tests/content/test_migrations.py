"""Migrations of this room that write data."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE = [("content", "0003_versions_and_brand")]
AFTER = [("content", "0004_first_versions")]


def apps_at(target):
    executor = MigrationExecutor(connection)
    return executor.loader.project_state(target).apps


@pytest.mark.django_db
def test_saved_templates_get_a_first_version_and_ours_are_written_anew():
    """The two states have the same tables, so nothing has to be moved."""
    apps = apps_at(BEFORE)
    templates = apps.get_model("content", "Template").objects
    contents = apps.get_model("content", "TemplateContent").objects
    saved = templates.create(name="Mine", created_at=timezone.now())
    contents.create(template=saved, language="uk", subject="S", body="B")
    contents.filter(template__key="restock").update(subject="old")
    templates.filter(key="price_drop").delete()
    migration = MigrationExecutor(connection).loader.get_migration(*AFTER[0])

    for _ in range(2):  # safe to repeat
        migration.operations[0].code(apps_at(AFTER), None)

    versions = apps.get_model("content", "TemplateVersion").objects
    version = versions.get()
    assert (version.template_id, version.number) == (saved.pk, 1)
    assert version.contents == [
        {
            "language": "uk",
            "subject": "S",
            "preheader": "",
            "body_kind": "text",
            "body": "B",
        }
    ]
    assert not contents.filter(subject="old").exists()
    assert templates.get(key="price_drop").contents.count() == 3
