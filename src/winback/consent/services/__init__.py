"""Taking and giving back leave to write to an address."""

from winback.consent.services.blacklist import (
    ImportOutcome,
    InvalidAddressError,
    Listing,
    blacklist,
    blacklist_address,
    check_entries,
    import_blacklist,
    import_entries,
    keep_fingerprint_only,
    lift_blacklist,
    lift_entry,
)
from winback.consent.services.facts import (
    refresh_facts,
    refresh_facts_of_leads,
    repair_facts,
)
from winback.consent.services.wishes import (
    Said,
    choose_frequency,
    end_pause,
    opt_in,
    opt_out,
    opt_out_of_everything,
    pause,
    record_wish,
    take_back_wishes,
    undo_batch,
)

__all__ = [
    "ImportOutcome",
    "InvalidAddressError",
    "Listing",
    "Said",
    "blacklist",
    "blacklist_address",
    "check_entries",
    "choose_frequency",
    "end_pause",
    "import_blacklist",
    "import_entries",
    "keep_fingerprint_only",
    "lift_blacklist",
    "lift_entry",
    "opt_in",
    "opt_out",
    "opt_out_of_everything",
    "pause",
    "record_wish",
    "refresh_facts",
    "refresh_facts_of_leads",
    "repair_facts",
    "take_back_wishes",
    "undo_batch",
]
