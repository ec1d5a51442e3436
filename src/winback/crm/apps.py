from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "winback.crm"
    label = "crm"
