from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "winback.mailings"
    label = "mailings"
