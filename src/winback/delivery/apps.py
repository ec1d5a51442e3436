from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "winback.delivery"
    label = "delivery"

    def ready(self) -> None:
        from winback.delivery import receivers  # noqa: F401, PLC0415
