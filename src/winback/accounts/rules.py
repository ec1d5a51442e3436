"""Who may do what: roles and rights as plain values."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    MARKETING_USER = "marketing_user"
    MARKETING_MANAGER = "marketing_manager"
    SALES_USER = "sales_user"
    SALES_MANAGER = "sales_manager"
    ADMINISTRATOR = "administrator"


class Right(enum.StrEnum):
    SEE_ALL_LEADS = "see_all_leads"
    EDIT_LEADS = "edit_leads"
    IMPORT_LEADS = "import_leads"
    EXPORT_LEADS = "export_leads"
    MANAGE_PIPELINE = "manage_pipeline"  # stages, lost reasons, teams, tags
    USE_MAILINGS = "use_mailings"
    SEND_MAILINGS = "send_mailings"
    MANAGE_TEMPLATES = "manage_templates"
    MANAGE_BLACKLIST = "manage_blacklist"
    MANAGE_SENDING = "manage_sending"  # limits, guards, going on after a stop
    MANAGE_INSTALLATION = "manage_installation"


_SALES_USER = {Right.EDIT_LEADS, Right.EXPORT_LEADS}
_SALES_MANAGER = _SALES_USER | {
    Right.SEE_ALL_LEADS,
    Right.IMPORT_LEADS,
    Right.MANAGE_PIPELINE,
}
_MARKETING_USER = {
    Right.SEE_ALL_LEADS,
    Right.EXPORT_LEADS,
    Right.IMPORT_LEADS,
    Right.USE_MAILINGS,
    Right.SEND_MAILINGS,
}
_MARKETING_MANAGER = _MARKETING_USER | {
    Right.MANAGE_TEMPLATES,
    Right.MANAGE_BLACKLIST,
    Right.MANAGE_SENDING,
}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.SALES_USER: frozenset(_SALES_USER),
    Role.SALES_MANAGER: frozenset(_SALES_MANAGER),
    Role.MARKETING_USER: frozenset(_MARKETING_USER),
    Role.MARKETING_MANAGER: frozenset(_MARKETING_MANAGER),
    Role.ADMINISTRATOR: frozenset(Right),
}
