from django.apps import AppConfig
from django.db.backends.signals import connection_created


class SegmentsConfig(AppConfig):
    name = "winback.segments"
    label = "segments"

    def ready(self) -> None:
        from winback.segments.functions import add_functions  # noqa: PLC0415

        connection_created.connect(add_functions, dispatch_uid="segments.functions")
