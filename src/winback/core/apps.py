from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "winback.core"
    label = "core"

    def ready(self) -> None:
        # Every process that wakes others must know the broker, not only workers.
        import winback.core.celery  # noqa: F401, PLC0415 - settings load first
