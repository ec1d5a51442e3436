"""What we compare tracking with: one Django view that inserts one row.

No middleware, no template, no session: as little as Django can do for a hit.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")

import django
from django.conf import settings

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from winback.reactions.models import Hit  # noqa: E402


def hit(request: HttpRequest, recipient_id: int) -> HttpResponse:
    Hit.objects.create(
        recipient_id=recipient_id,
        kind="open",
        at=timezone.now(),
        method=request.method,
        user_agent=request.headers.get("User-Agent", ""),
        rules_version=2,
    )
    return HttpResponse(b"GIF89a", content_type="image/gif")


urlpatterns = [path("bare/<int:recipient_id>.gif", hit)]
application = get_wsgi_application()
