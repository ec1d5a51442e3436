from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "winback.consent"
    label = "consent"

    def ready(self) -> None:
        from winback.consent import receivers  # noqa: PLC0415 - models load first
        from winback.crm.signals import leads_written  # noqa: PLC0415

        leads_written.connect(receivers.keep_flags, dispatch_uid="consent.keep_flags")
