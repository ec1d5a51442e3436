from django.apps import AppConfig


class ReactionsConfig(AppConfig):
    name = "winback.reactions"
    label = "reactions"

    def ready(self) -> None:
        from winback.crm.timeline import register_provider  # noqa: PLC0415
        from winback.reactions.timeline import mails_and_reactions  # noqa: PLC0415

        register_provider(mails_and_reactions)
