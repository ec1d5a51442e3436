from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "winback.consent"
    label = "consent"

    def ready(self) -> None:
        from winback.consent import receivers  # noqa: PLC0415 - models load first
        from winback.crm.signals import (  # noqa: PLC0415
            addresses_refused,
            leads_written,
        )

        addresses_refused.connect(
            receivers.keep_wishes, dispatch_uid="consent.keep_wishes"
        )
        leads_written.connect(receivers.keep_facts, dispatch_uid="consent.keep_facts")
