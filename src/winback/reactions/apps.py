from django.apps import AppConfig


class ReactionsConfig(AppConfig):
    name = "winback.reactions"
    label = "reactions"
