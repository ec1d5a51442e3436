from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "winback.accounts"
    label = "accounts"
