from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "winback.mailings"
    label = "mailings"

    def ready(self) -> None:
        from winback.crm.signals import names_wanted  # noqa: PLC0415
        from winback.mailings import receivers  # noqa: PLC0415

        names_wanted.connect(
            receivers.keep_names_of_mailings, dispatch_uid="mailings.names"
        )
