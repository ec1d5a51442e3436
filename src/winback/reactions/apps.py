from django.apps import AppConfig


class ReactionsConfig(AppConfig):
    name = "winback.reactions"
    label = "reactions"

    def ready(self) -> None:
        from winback.crm.lead_cards import register_cards  # noqa: PLC0415
        from winback.crm.timeline import register_provider  # noqa: PLC0415
        from winback.reactions import webhooks  # noqa: PLC0415
        from winback.reactions.lead_cards import address_changes  # noqa: PLC0415
        from winback.reactions.timeline import mails_and_reactions  # noqa: PLC0415

        register_provider(mails_and_reactions)
        register_cards(address_changes)
        webhooks.connect()
