"""What can be wrong with a mailbox, in words for people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Fault(models.TextChoices):
    UNREACHABLE = "unreachable", _("The mail server cannot be reached")
    CERTIFICATE = "certificate", _("The mail server's certificate is not trusted")
    LOGIN = "login", _("The mail server refuses the login")
    TOKEN = "token", _("No access token could be got")
    FOLDER = "folder", _("The mailbox has no such folder")
    PROTOCOL = "protocol", _("The mail server answered something unexpected")


class MailboxError(Exception):
    """A mailbox could not be read: which kind of fault, and the server's words."""

    def __init__(self, fault: Fault, details: str = "") -> None:
        super().__init__(details)
        self.fault = fault
        self.details = " ".join(details.replace("\0", "").split())[:300]
