"""What delivery does for people and for the alarm clock."""

from winback.delivery.services.canary import advance_canary
from winback.delivery.services.guarding import (
    continue_anyway,
    look_after_news,
    set_rates,
)
from winback.delivery.services.lanes import (
    LaneError,
    LaneLimits,
    add_lane,
    learn_domains,
    remove_lane,
    set_lane_limits,
)
from winback.delivery.services.mailed import refresh_last_mailed, repair_last_mailed
from winback.delivery.services.pace import change_pace, set_pace
from winback.delivery.services.resending import (
    NothingToSendError,
    send_to_failed,
    send_to_newcomers,
    send_to_uncertain,
)
from winback.delivery.services.senderless import tell_senderless
from winback.delivery.services.starting import (
    discard_ledger,
    prepare_mailing,
    start_mailing,
)
from winback.delivery.services.testing import (
    TestNotSentError,
    TestResult,
    send_test,
    send_tests,
)

__all__ = [
    "LaneError",
    "LaneLimits",
    "NothingToSendError",
    "TestNotSentError",
    "TestResult",
    "add_lane",
    "advance_canary",
    "change_pace",
    "continue_anyway",
    "discard_ledger",
    "learn_domains",
    "look_after_news",
    "prepare_mailing",
    "refresh_last_mailed",
    "remove_lane",
    "repair_last_mailed",
    "send_test",
    "send_tests",
    "send_to_failed",
    "send_to_newcomers",
    "send_to_uncertain",
    "set_lane_limits",
    "set_pace",
    "set_rates",
    "start_mailing",
    "tell_senderless",
]
