from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "winback.delivery"
    label = "delivery"
