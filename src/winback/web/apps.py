from django.apps import AppConfig

from winback.web.navigation import register_navigation


class WebConfig(AppConfig):
    name = "winback.web"
    label = "web"

    def ready(self) -> None:
        register_navigation()
