"""Which mailings show which uploaded pictures."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from winback.content.picture_uses import IN_ADDRESS, Place
from winback.mailings.models import MailingState, VersionContent


def pictures_of_mailings() -> Iterator[tuple[str, Place]]:
    """Every content of every mailing, in whatever state it is."""
    rows = VersionContent.objects.filter(body__contains=IN_ADDRESS)
    columns = rows.order_by("-version__mailing_id").values_list(
        "body",
        "version__mailing_id",
        "version__mailing__name",
        "version__mailing__state",
    )
    labels = {state: str(label) for state, label in MailingState.choices}
    for body, pk, name, state in columns.iterator():
        title = name or _("Mailing without a subject")
        yield body, Place(labels[state], title, reverse("mailings:mailing", args=[pk]))
