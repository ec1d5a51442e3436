"""Which of Odoo's field paths is which field here, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OdooField:
    """``path`` names the field in Odoo; ``by_name`` says that values are names."""

    field: str
    path: str
    by_name: bool = False


# The first path of each field is the one that is written.
_PATHS = (
    OdooField("title", "name"),
    OdooField("contact_name", "contact_name"),
    OdooField("company", "partner_name"),
    OdooField("email", "email_from"),
    OdooField("email", "email_normalized"),
    OdooField("phone", "phone"),
    OdooField("phone", "mobile"),
    OdooField("city", "city"),
    OdooField("stage", "stage_id"),
    OdooField("stage", "stage_id.name", by_name=True),
    OdooField("lost_reason", "lost_reason_id"),
    OdooField("lost_reason", "lost_reason_id.name", by_name=True),
    OdooField("owner", "user_id"),
    OdooField("owner", "user_id.name", by_name=True),
    OdooField("owner", "user_id.login", by_name=True),
    OdooField("owner", "user_id.email", by_name=True),
    OdooField("team", "team_id"),
    OdooField("team", "team_id.name", by_name=True),
    OdooField("tags", "tag_ids"),
    OdooField("tags", "tag_ids.name", by_name=True),
    OdooField("utm_source", "source_id"),
    OdooField("utm_source", "source_id.name", by_name=True),
    OdooField("utm_medium", "medium_id"),
    OdooField("utm_medium", "medium_id.name", by_name=True),
    OdooField("utm_campaign", "campaign_id"),
    OdooField("utm_campaign", "campaign_id.name", by_name=True),
    OdooField("country", "country_id.code", by_name=True),
    OdooField("country", "country_id", by_name=True),
    OdooField("country", "country_id.name", by_name=True),
    OdooField("language", "lang_id.code", by_name=True),
    OdooField("language", "lang_id", by_name=True),
    OdooField("language", "lang_id.name", by_name=True),
    OdooField("language", "lang_code", by_name=True),
    OdooField("status", "won_status"),
    OdooField("probability", "probability"),
    OdooField("expected_revenue", "expected_revenue"),
    OdooField("bounce_count", "message_bounce"),
    OdooField("created_at", "create_date"),
    OdooField("lost_at", "date_closed"),
    OdooField("stage_changed_at", "date_last_stage_update"),
    OdooField("active", "active"),
    OdooField("blacklisted", "is_blacklisted"),
)
BY_PATH: dict[str, OdooField] = {one.path: one for one in _PATHS}
PATH_OF: dict[str, str] = {one.field: one.path for one in reversed(_PATHS)}
NAME_PATH_OF: dict[str, str] = {
    one.field: one.path for one in reversed(_PATHS) if one.by_name
}
# Odoo's won_status -> our status.
STATUS_OF = {"pending": "open", "won": "won", "lost": "lost"}
WON_STATUS_OF = {ours: theirs for theirs, ours in STATUS_OF.items()}
