"""Guards stop a mailing that is received badly, and people may let it go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, fates
from tests.factories import LeadFactory, MailingFactory, UserFactory
from winback.accounts.models import Notice
from winback.accounts.rules import Role
from winback.core.models import AuditEntry
from winback.delivery.engine import run as run_module
from winback.delivery.engine.run import Run
from winback.delivery.models import GuardSettings, MailingWatch
from winback.delivery.rules import guards
from winback.delivery.rules.guards import Reception
from winback.delivery.services import (
    continue_anyway,
    guarding,
    look_after_news,
    set_rates,
)
from winback.delivery.services.guarding import (
    last_reception,
    look_after,
    reception_around,
)
from winback.mailings.models import Mailing, Recipient
from winback.mailings.services import MailingStateError, cancel_mailing, resume_mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


@pytest.fixture
def mailing():
    return MailingFactory(state="sending", name="Restock", started_at=NOW)


def rows(
    mailing: Mailing, count: int, *, minute: int = 0, **fields: object
) -> list[Recipient]:
    """Mails handed over in one minute; sent and well received if nothing is said."""
    at = NOW + timedelta(minutes=minute)
    given = {"fate": "sent", "sent_at": at, "claimed_at": at, **fields}
    first = Recipient.objects.count()
    lead = LeadFactory()
    leads = [
        LeadFactory.build(title=f"L{first + n}", stage=lead.stage) for n in range(count)
    ]
    type(lead).objects.bulk_create(leads)
    return Recipient.objects.bulk_create(
        [
            Recipient(
                mailing=mailing, lead=one, address=f"p{first + n}@x.test", **given
            )
            for n, one in enumerate(leads)
        ]
    )


def refused(mailing: Mailing, count: int, *, minute: int = 0, kind: str = "address"):
    return rows(
        mailing,
        count,
        minute=minute,
        fate="failed",
        sent_at=None,
        failure_class=kind,
    )


def bounced(mailing: Mailing, count: int, *, minute: int = 0, kind: str = "hard"):
    return rows(mailing, count, minute=minute, bounce_kind=kind, bounced_at=NOW)


def test_last_reception_counts_what_is_about_addresses(mailing) -> None:
    rows(mailing, 5)
    refused(mailing, 2)
    refused(mailing, 1, kind="message")
    refused(mailing, 3, kind="server")
    refused(mailing, 3, kind="content")
    bounced(mailing, 1)
    bounced(mailing, 1, kind="soft")
    rows(mailing, 1, complained_at=NOW)
    rows(mailing, 4, fate="uncertain", sent_at=None)
    rows(mailing, 4, fate="ready", sent_at=None)
    bounced(MailingFactory(), 9)

    assert last_reception(mailing.pk) == Reception(mails=11, bounced=3, complained=1)
    assert last_reception(0) == Reception(mails=0, bounced=0, complained=0)


def test_last_reception_looks_at_the_last_ones_only(mailing, monkeypatch) -> None:
    monkeypatch.setattr(guarding, "WINDOW", 10)
    bounced(mailing, 5)
    rows(mailing, 6, minute=1)
    refused(mailing, 3, minute=2)

    assert last_reception(mailing.pk) == Reception(mails=10, bounced=4, complained=0)
    since = NOW + timedelta(minutes=1)
    assert last_reception(mailing.pk, since=since).mails == 3


def test_reception_around_is_the_stretch_up_to_that_mail(mailing, monkeypatch) -> None:
    monkeypatch.setattr(guarding, "WINDOW", 10)
    bounced(mailing, 2)
    bounced(mailing, 8, minute=1)
    rows(mailing, 20, minute=2)

    around = reception_around(mailing.pk, NOW + timedelta(minutes=1))

    assert around == Reception(mails=10, bounced=10, complained=0)
    # Among the first mails there are too few before: the first ones are judged.
    assert reception_around(mailing.pk, NOW).mails == 10


def test_look_after_too_many_refusals_stop_and_say_why(mailing) -> None:
    rows(mailing, 94)
    refused(mailing, 6)

    assert look_after(mailing, now=NOW) is True

    mailing.refresh_from_db()
    assert mailing.state == "stopped"
    assert mailing.state_reason.startswith(
        "Stopped: 6 of 100 mails bounced or were refused (6%; the limit is 5%)."
    )
    entry = AuditEntry.objects.get(action="mailings.stop")
    assert (entry.actor, entry.subject_id) == (None, str(mailing.pk))
    notice = Notice.objects.get()
    assert (notice.person, notice.tone, notice.url) == (
        mailing.responsible,
        "bad",
        f"/mailings/{mailing.pk}/",
    )
    assert notice.text.startswith("“Restock”: Stopped: 6 of 100")
    # A second look changes nothing and tells nothing twice.
    assert look_after(mailing, now=NOW) is False
    assert Notice.objects.count() == 1


def test_look_after_complaints_have_words_of_their_own(mailing) -> None:
    rows(mailing, 998)
    rows(mailing, 2, complained_at=NOW)

    assert look_after(mailing, now=NOW) is True

    mailing.refresh_from_db()
    assert mailing.state_reason.startswith(
        "Stopped: 2 of 1,000 people complained (0.2%; the limit is 0.1%)."
    )


def test_look_after_reason_is_in_the_responsibles_language(mailing) -> None:
    mailing.responsible.language = "uk"
    mailing.responsible.save()
    refused(mailing, 100)

    look_after(Mailing.objects.get(pk=mailing.pk), now=NOW)

    mailing.refresh_from_db()
    assert mailing.state_reason.startswith("Зупинено: повернулося або")


@pytest.mark.parametrize(
    ("good", "bad"), [(95, 5), (0, 99), (10_00, 0)], ids=["at the limit", "few", "none"]
)
def test_look_after_good_enough_goes_on(mailing, good: int, bad: int) -> None:
    rows(mailing, good)
    refused(mailing, bad)

    assert look_after(mailing, now=NOW) is False
    mailing.refresh_from_db()
    assert mailing.state == "sending"


def test_look_after_rates_are_the_installations(mailing) -> None:
    rows(mailing, 98)
    refused(mailing, 2)
    assert look_after(mailing, now=NOW) is False
    settings = GuardSettings.current()
    settings.bounce_percent = 1
    user = UserFactory()

    set_rates(settings, by=user, now=NOW)

    assert look_after(mailing, now=NOW) is True
    entry = AuditEntry.objects.get(action="delivery.set_guards")
    assert (entry.actor, entry.details["bounce_percent"]) == (user, "1")


def test_look_after_paused_meanwhile_stays_paused(mailing) -> None:
    refused(mailing, 100)
    Mailing.objects.update(state="paused")

    assert look_after(mailing, now=NOW) is False
    assert Mailing.objects.get().state == "paused"
    assert Notice.objects.count() == 0


def test_look_after_news_late_bounces_are_judged_where_they_belong(mailing) -> None:
    """A thousand good mails went since; the stretch of the bounced ones is bad."""
    old = bounced(mailing, 60) + rows(mailing, 940)
    rows(mailing, 1000, minute=5)
    assert last_reception(mailing.pk).bounced == 0

    assert look_after_news(old[0], now=NOW) is True
    mailing.refresh_from_db()
    assert "60 of 1,000" in mailing.state_reason


def test_look_after_news_of_a_mailing_that_ended_stops_nothing(mailing) -> None:
    old = bounced(mailing, 200)
    Mailing.objects.update(state="sent")

    assert look_after_news(old[0], now=NOW) is False
    assert Mailing.objects.get().state == "sent"


def test_continue_anyway_judges_only_what_comes_after(mailing) -> None:
    old = refused(mailing, 200)
    look_after(mailing, now=NOW)
    manager = UserFactory(role=Role.MARKETING_MANAGER.value)
    released_at = NOW + timedelta(minutes=3)

    continue_anyway(mailing, by=manager, now=released_at)

    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("sending", "")
    watch = MailingWatch.objects.get()
    assert (watch.waived_at, watch.waived_by) == (released_at, manager)
    assert AuditEntry.objects.get(action="mailings.continue_anyway").actor == manager
    assert look_after(mailing, now=released_at) is False
    assert look_after_news(old[0], now=released_at) is False
    refused(mailing, 99, minute=4)
    assert look_after(mailing, now=released_at) is False
    refused(mailing, 1, minute=4)
    assert look_after(mailing, now=released_at) is True


def test_stopped_mailing_goes_on_by_continue_anyway_only(mailing) -> None:
    with pytest.raises(MailingStateError):
        continue_anyway(mailing, by=mailing.responsible, now=NOW)
    refused(mailing, 100)
    look_after(mailing, now=NOW)

    with pytest.raises(MailingStateError):
        resume_mailing(mailing, by=mailing.responsible, now=NOW)
    mailing.refresh_from_db()
    assert mailing.state == "stopped"
    cancel_mailing(mailing, by=mailing.responsible, now=NOW)
    mailing.refresh_from_db()
    assert mailing.state == "cancelled"


def test_look_after_costs_three_statements_for_any_number(
    mailing, django_assert_num_queries
) -> None:
    rows(mailing, 300)

    with django_assert_num_queries(3):  # watch, the stretch, the rates
        look_after(mailing, now=NOW)


def test_work_bad_list_is_stopped_before_it_has_all_gone(
    sending: Sending, opened: Callable[[Mailing], Run], scripted, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "GUARD_SECONDS", 0)
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    monkeypatch.setattr(run_module, "RECORD_SECONDS", 0)
    monkeypatch.setattr(run_module, "CLAIM_SIZE", 20)
    mailing = sending(400)
    scripted.script = lambda session, event: (
        b"550 5.1.1 nobody\r\n" if event.startswith("RCPT") else None
    )

    opened(mailing).work(seconds=30)

    mailing.refresh_from_db()
    counts = fates(mailing)
    assert mailing.state == "stopped"
    assert counts["failed"] >= guards.LEAST_MAILS
    assert counts["ready"] > 0
    assert counts["failed"] + counts["ready"] == 400
