"""Everything that writes leads. Each function is one transaction."""

from winback.crm.services.losing import (
    archive_leads,
    mark_lost,
    restore_leads,
    unarchive_leads,
    undo_restore,
)
from winback.crm.services.owning import assign_owner
from winback.crm.services.writing import (
    LeadChangeError,
    LeadFields,
    create_lead,
    create_task,
    first_stage,
    move_to_stage,
    record_event,
    update_lead,
)

__all__ = [
    "LeadChangeError",
    "LeadFields",
    "archive_leads",
    "assign_owner",
    "create_lead",
    "create_task",
    "first_stage",
    "mark_lost",
    "move_to_stage",
    "record_event",
    "restore_leads",
    "unarchive_leads",
    "undo_restore",
    "update_lead",
]
