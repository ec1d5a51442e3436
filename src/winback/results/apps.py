from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "winback.results"
    label = "results"
