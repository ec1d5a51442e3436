from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.factories import UserFactory
from winback.accounts.models import User
from winback.core.models import AuditEntry
from winback.web.cli import main

pytestmark = pytest.mark.django_db
GOOD = "a lamp in the harbour\n"


def winback(*arguments: str, typed: str = GOOD):
    return CliRunner().invoke(main, ["person", *arguments], input=typed)


def test_first_person_is_an_administrator_who_can_log_in(client):
    answer = winback("add", "Ann@Example.org", "--name", "Ann Lee")

    assert answer.output == "ann@example.org can log in now (Administrator).\n"
    ann = User.objects.get()
    assert (ann.role, str(ann)) == ("administrator", "Ann Lee")
    assert ann.check_password(GOOD.strip())
    assert AuditEntry.objects.get().action == "accounts.add_person"


@pytest.mark.parametrize(
    ("email", "typed", "said"),
    [
        ("ann at example", GOOD, "is not an email address"),
        ("ann@example.org", "short\n", "too short"),
        ("known@example.org", GOOD, "is there already"),
    ],
)
def test_person_that_cannot_be_is_refused(email, typed, said):
    UserFactory(email="known@example.org")

    answer = winback("add", email, typed=typed)

    assert answer.exit_code == 1
    assert said in answer.output
    assert User.objects.count() == 1


def test_password_is_set_anew():
    person = UserFactory(email="ann@example.org")

    assert winback("password", "ann@example.org").exit_code == 0
    person.refresh_from_db()
    assert person.check_password(GOOD.strip())
    assert winback("password", "nobody@example.org").exit_code == 1
