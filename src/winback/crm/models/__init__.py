"""Leads, what they are described with, and what happened to them."""

from winback.crm.models.history import (
    LeadEvent,
    LeadLoss,
    Task,
)
from winback.crm.models.imports import (
    ImportedChange,
    ImportRun,
)
from winback.crm.models.leads import (
    AddressQuality,
    Lead,
    LeadQuerySet,
    LeadStatus,
)
from winback.crm.models.names import (
    LostReason,
    NamedRecord,
    Product,
    Stage,
    Tag,
    TranslatedName,
    UtmCampaign,
    UtmMedium,
    UtmSource,
    translated,
)

__all__ = [
    "AddressQuality",
    "ImportRun",
    "ImportedChange",
    "Lead",
    "LeadEvent",
    "LeadLoss",
    "LeadQuerySet",
    "LeadStatus",
    "LostReason",
    "NamedRecord",
    "Product",
    "Stage",
    "Tag",
    "Task",
    "TranslatedName",
    "UtmCampaign",
    "UtmMedium",
    "UtmSource",
    "translated",
]
