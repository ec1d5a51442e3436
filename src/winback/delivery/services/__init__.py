"""What delivery does for people and for the alarm clock."""

from winback.delivery.services.mailed import refresh_last_mailed, repair_last_mailed
from winback.delivery.services.pace import set_pace
from winback.delivery.services.resending import (
    NothingToSendError,
    send_to_failed,
    send_to_newcomers,
    send_to_uncertain,
)
from winback.delivery.services.starting import (
    discard_ledger,
    prepare_mailing,
    start_mailing,
)
from winback.delivery.services.testing import TestNotSentError, send_test

__all__ = [
    "NothingToSendError",
    "TestNotSentError",
    "discard_ledger",
    "prepare_mailing",
    "refresh_last_mailed",
    "repair_last_mailed",
    "send_test",
    "send_to_failed",
    "send_to_newcomers",
    "send_to_uncertain",
    "set_pace",
    "start_mailing",
]
