from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "winback.core"
    label = "core"

    def ready(self) -> None:
        # Every process that wakes others must know the broker, not only workers.
        import winback.core.celery  # noqa: PLC0415 - settings load first
        import winback.core.lookups  # noqa: F401, PLC0415 - registers a lookup
