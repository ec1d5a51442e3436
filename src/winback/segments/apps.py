from django.apps import AppConfig
from django.db.backends.signals import connection_created


class SegmentsConfig(AppConfig):
    name = "winback.segments"
    label = "segments"

    def ready(self) -> None:
        from winback.crm.signals import names_wanted  # noqa: PLC0415
        from winback.segments import receivers  # noqa: PLC0415
        from winback.segments.functions import add_functions  # noqa: PLC0415

        names_wanted.connect(
            receivers.keep_names_of_favourites, dispatch_uid="segments.names"
        )
        connection_created.connect(add_functions, dispatch_uid="segments.functions")
