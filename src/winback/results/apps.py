from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "winback.results"
    label = "results"

    def ready(self) -> None:
        from winback.crm.signals import (  # noqa: PLC0415
            leads_restored,
            restores_undone,
        )
        from winback.mailings.listing import register_mini_figures  # noqa: PLC0415
        from winback.results import receivers  # noqa: PLC0415
        from winback.results.behaviour import register_behaviours  # noqa: PLC0415
        from winback.results.cards import mini_figures  # noqa: PLC0415

        register_behaviours()
        register_mini_figures(mini_figures)
        leads_restored.connect(
            receivers.credit_restored_leads,
            dispatch_uid="results.credit_restored_leads",
        )
        restores_undone.connect(
            receivers.withdraw_restored_leads,
            dispatch_uid="results.withdraw_restored_leads",
        )
