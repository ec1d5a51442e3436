from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "winback.segments"
    label = "segments"
