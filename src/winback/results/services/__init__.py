"""What results write: credits, and who has not reacted for long."""

from winback.results.services.crediting import (
    credit_restored_leads,
    withdraw_restored_leads,
)
from winback.results.services.ignoring import count_ignored, recount_engaged

__all__ = [
    "count_ignored",
    "credit_restored_leads",
    "recount_engaged",
    "withdraw_restored_leads",
]
