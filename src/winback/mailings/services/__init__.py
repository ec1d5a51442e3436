"""What people and the engine do to mailings."""

from winback.mailings.errors import (
    MailingConflictError,
    MailingError,
    MailingInvalidError,
    MailingStateError,
    SendRefusedError,
)
from winback.mailings.services.editing import (
    create_mailing,
    delete_draft,
    duplicate_mailing,
    save_as_template,
    save_mailing,
    start_from_template,
)
from winback.mailings.services.languages import copy_language, remove_language
from winback.mailings.services.sending import (
    cancel_mailing,
    pause_mailing,
    release_mailing,
    resume_mailing,
    schedule_mailing,
    send_mailing,
    stop_mailing,
    undo_send,
)

__all__ = [
    "MailingConflictError",
    "MailingError",
    "MailingInvalidError",
    "MailingStateError",
    "SendRefusedError",
    "cancel_mailing",
    "copy_language",
    "create_mailing",
    "delete_draft",
    "duplicate_mailing",
    "pause_mailing",
    "release_mailing",
    "remove_language",
    "resume_mailing",
    "save_as_template",
    "save_mailing",
    "schedule_mailing",
    "send_mailing",
    "start_from_template",
    "stop_mailing",
    "undo_send",
]
