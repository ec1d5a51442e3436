"""Why a mailing cannot do what somebody asks of it."""

from __future__ import annotations

from collections.abc import Mapping


class MailingError(Exception):
    """The common root: the message is fit to be shown to whoever asked."""


class MailingStateError(MailingError):
    """The mailing is in a state in which this is not possible (any more)."""


class MailingConflictError(MailingError):
    """Somebody else saved meanwhile; ``revision`` is the one that is saved now."""

    def __init__(self, message: str, *, revision: int) -> None:
        super().__init__(message)
        self.revision = revision


class MailingInvalidError(MailingError):
    """What was given cannot be saved; ``problems`` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class SendRefusedError(MailingError):
    """The mailing may not be sent as it is; ``reasons`` are fit to be shown."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons
