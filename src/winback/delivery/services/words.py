"""What delivery writes down is in the language of whoever will read it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils import translation

from winback.accounts.models import User
from winback.core.models import Installation


def in_language_of(person: User) -> AbstractContextManager[None]:
    """Within it texts are in the person's language, else in the installation's."""
    return translation.override(person.language or Installation.current().language)
