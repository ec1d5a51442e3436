from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "winback.web"
    label = "web"
