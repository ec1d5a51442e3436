from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "winback.content"
    label = "content"
