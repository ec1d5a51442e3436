from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "winback.core"
    label = "core"
