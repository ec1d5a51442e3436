"""What every page template may rely on."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    return {"demo_mode": settings.CONFIG.demo}
