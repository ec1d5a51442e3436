from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class ContentConfig(AppConfig):
    name = "winback.content"
    label = "content"

    def ready(self) -> None:
        post_migrate.connect(_write_premade, sender=self)


def _write_premade(apps: Apps, **_told: Any) -> None:
    """After every ``winback migrate`` our own templates are those of this version."""
    # Django's parts can be imported only after its applications are ready.
    from django.utils import timezone  # noqa: PLC0415

    from winback.content.premade import load_premade  # noqa: PLC0415

    try:
        models = [
            apps.get_model("content", name) for name in ("Template", "TemplateContent")
        ]
    except LookupError:  # migrated back to before there were any
        return
    load_premade(*models, now=timezone.now())
