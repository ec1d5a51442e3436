from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "winback.delivery"
    label = "delivery"

    def ready(self) -> None:
        from winback.delivery import receivers  # noqa: F401, PLC0415
        from winback.delivery.checks import delivery_lines  # noqa: PLC0415
        from winback.delivery.checks_outside import outside_lines  # noqa: PLC0415
        from winback.mailings.check_lines import (  # noqa: PLC0415
            register_lines,
            register_outside_lines,
        )

        register_lines("delivery", delivery_lines)
        register_outside_lines("delivery", outside_lines)
