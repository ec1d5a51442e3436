from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "winback.mailings"
    label = "mailings"

    def ready(self) -> None:
        from winback.content.picture_uses import register_uses  # noqa: PLC0415
        from winback.crm.signals import names_wanted  # noqa: PLC0415
        from winback.mailings import picture_uses, receivers  # noqa: PLC0415

        names_wanted.connect(
            receivers.keep_names_of_mailings, dispatch_uid="mailings.names"
        )
        register_uses(picture_uses.pictures_of_mailings)
