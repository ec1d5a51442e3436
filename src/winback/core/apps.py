from django.apps import AppConfig
from django.db.backends.signals import connection_created

from winback.core.databases import do_not_compile


class CoreConfig(AppConfig):
    name = "winback.core"
    label = "core"

    def ready(self) -> None:
        connection_created.connect(do_not_compile, dispatch_uid="core.do_not_compile")
        # Every process that wakes others must know the broker, not only workers.
        import winback.core.celery  # noqa: PLC0415 - settings load first
        import winback.core.lookups  # noqa: F401, PLC0415 - registers a lookup
