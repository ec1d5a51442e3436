"""What the web server calls: tracking hits first, then Django's pages."""

from __future__ import annotations

from winback.core.wsgi import application as django_application
from winback.reactions.quick import TrackingFirst

application = TrackingFirst(django_application)
