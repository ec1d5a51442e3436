"""The Celery application: an alarm clock; the database holds the work."""

from __future__ import annotations

import os

from celery import Celery

from winback.core.broker import replace_kombus_own

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")

replace_kombus_own()
app = Celery("winback")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
