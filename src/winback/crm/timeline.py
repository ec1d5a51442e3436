"""A lead's timeline: one list of lines, newest first, from several rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from winback.crm.models import Lead, LeadEvent, LeadLoss

Kind = LeadEvent.Kind
# Names of Tabler's icons.
ICONS = {
    Kind.CREATED: "plus",
    Kind.IMPORTED: "file-import",
    Kind.EDITED: "pencil",
    Kind.STAGE_MOVED: "arrow-right",
    Kind.LOST: "circle-x",
    Kind.RESTORED: "arrow-back-up",
    Kind.WON: "trophy",
    Kind.REOPENED: "refresh",
    Kind.ARCHIVED: "archive",
    Kind.UNARCHIVED: "archive-off",
    Kind.NOTE: "note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One line. ``title`` and ``body`` are plain text in the reader's language."""

    at: datetime
    kind: str
    icon: str
    title: str
    body: str = ""
    url: str = ""
    by: str = ""


Provider = Callable[[Lead], Iterable[TimelineItem]]
_PROVIDERS: list[Provider] = []


def register_provider(provider: Provider) -> Provider:
    """Let an upper room add lines; called in its ``ready``. Twice is harmless."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)
    return provider


def timeline(lead: Lead) -> list[TimelineItem]:
    """All lines about ``lead``, newest first; may be empty.

    Three queries for this room's own lines, however many there are.
    """
    items = [*_events(lead), *_imported_losses(lead), *_import(lead)]
    for provider in _PROVIDERS:
        items.extend(provider(lead))
    return sorted(items, key=lambda item: item.at, reverse=True)


def _events(lead: Lead) -> Iterable[TimelineItem]:
    # Of two lines of one moment the later one goes on top, as in time.
    for event in lead.events.select_related("by").order_by("-at", "-pk"):
        title, body = _words(event)
        yield TimelineItem(
            at=event.at,
            kind=event.kind,
            icon=ICONS[Kind(event.kind)],
            title=title,
            body=body,
            by=str(event.by or ""),
        )


def _words(event: LeadEvent) -> tuple[str, str]:
    details = event.details
    if event.kind == Kind.STAGE_MOVED:
        return _("Moved from %(from)s to %(to)s") % details, ""
    if event.kind == Kind.LOST:
        return lost_title(details.get("reason", "")), details.get("note", "")
    if event.kind == Kind.EDITED:
        return _("Edited"), _edits(details.get("fields", {}))
    return str(Kind(event.kind).label), str(details.get("text", ""))


def lost_title(reason: str) -> str:
    if not reason:
        return _("Lost, no reason given")
    return _("Lost: %(reason)s") % {"reason": reason}


def _edits(fields: dict[str, list[str | None]]) -> str:
    return "\n".join(
        _("%(field)s: %(old)s → %(new)s")
        % {
            "field": Lead._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
            "old": old or "—",
            "new": new or "—",
        }
        for name, (old, new) in fields.items()
    )


def _imported_losses(lead: Lead) -> Iterable[TimelineItem]:
    """Losses that came with a file: they have a row, but no event of ours."""
    known = set(lead.events.filter(kind=Kind.LOST).values_list("at", flat=True))
    losses: Iterable[LeadLoss] = lead.losses.select_related("reason", "by")
    for loss in losses:
        if loss.lost_at not in known:
            yield TimelineItem(
                at=loss.lost_at,
                kind=Kind.LOST,
                icon=ICONS[Kind.LOST],
                title=lost_title(str(loss.reason or "")),
                body=loss.note,
                by=str(loss.by or ""),
            )


def _import(lead: Lead) -> Iterable[TimelineItem]:
    if run := lead.import_run:
        yield TimelineItem(
            at=run.created_at,
            kind=Kind.IMPORTED,
            icon=ICONS[Kind.IMPORTED],
            title=_("Imported from %(file)s") % {"file": run.file_name},
            by=str(run.by or ""),
        )
