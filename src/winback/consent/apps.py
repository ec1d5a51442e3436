from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "winback.consent"
    label = "consent"
