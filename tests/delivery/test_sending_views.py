"""The page "Sending limits", and a stopped mailing's page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.delivery.conftest import NOW
from tests.factories import LeadFactory, MailingFactory, UserFactory
from winback.accounts.rules import Role
from winback.core.models import AuditEntry
from winback.delivery.models import (
    DomainLane,
    GuardSettings,
    Lane,
    MailingWatch,
    TokenBucket,
)
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
PAGE = "/settings/sending/"


@pytest.fixture
def manager(client):
    user = UserFactory(role=Role.MARKETING_MANAGER.value)
    client.force_login(user)
    return user


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


def typed(**limits: object) -> dict[str, object]:
    """What the browser sends: every row, those named with a limit."""
    sent: dict[str, object] = {}
    for lane in Lane.objects.all():
        per_hour, per_day = limits.get(lane.key, ("", ""))
        sent[f"lane-{lane.pk}-per_hour"] = per_hour
        sent[f"lane-{lane.pk}-per_day"] = per_day
    return sent


def test_page_shows_senders_groups_and_what_went_today(
    client, manager, settings
) -> None:
    first_day = timezone.localdate() - timedelta(days=3)
    url = f"smtp://127.0.0.1:25?name=news&domains=a.test&warmup={first_day}"
    settings.CONFIG = dataclasses.replace(settings.CONFIG, email_url=url)
    for key, used in (("sender:news", 212), ("lane:google", 170)):
        TokenBucket.objects.create(
            key=key,
            tokens=0,
            refilled_at=NOW,
            day_on=timezone.localdate(),
            used_on_day=used,
        )
    DomainLane.objects.create(domain="x.test", lane_id="google", source="mx")

    html = client.get(PAGE).content.decode()

    assert "Warm-up, day 4 of 14: 400 today" in html
    assert "<bdi>gmail.com, googlemail.com</bdi> · 1 domain hosted there" in html
    assert [figure in html for figure in (">212<", ">170<")] == [True, True]


def test_page_senders_that_cannot_be_read_are_told(client, manager, settings) -> None:
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url="smtp://127.0.0.1 smtp://127.0.0.2"
    )

    html = client.get(PAGE).content.decode()

    assert "only one sender can be without domains=" in html


@pytest.mark.parametrize("lanes", [1, 3])
def test_page_any_number_of_lanes_takes_as_many_queries(
    client, manager, django_assert_num_queries, lanes: int
) -> None:
    for number in range(lanes):
        Lane.objects.create(key=f"d{number}.test", name=f"d{number}.test", is_own=True)
    client.get(PAGE)

    # Session, person, zone; lanes, use, domains, hosted; guards; senders' use.
    with django_assert_num_queries(9):
        client.get(PAGE)


def test_limits_save_holds_from_now_on(client, manager) -> None:
    page = client.post(f"{PAGE}limits/", typed(google=("200", "2000")), follow=True)

    assert "The limits are saved" in page.content.decode()
    google = Lane.objects.get(key="google")
    assert (google.per_hour, google.per_day) == (200, 2000)
    entry = AuditEntry.objects.get(action="delivery.set_lane_limits")
    assert entry.actor == manager


@pytest.mark.parametrize("wrong", ["0", "-5", "x", "100000001", "1.5"])
def test_limits_save_one_wrong_saves_none(client, manager, wrong: str) -> None:
    sent = typed(google=("200", ""), yahoo=(wrong, ""))

    page = client.post(f"{PAGE}limits/", sent)

    html = page.content.decode()
    assert (page.status_code, "field-error" in html) == (422, True)
    assert 'value="200"' in html
    assert not Lane.objects.filter(per_hour__isnull=False).exists()


def test_limits_save_group_the_page_did_not_show_keeps_its_limit(
    client, manager
) -> None:
    sent = typed()
    Lane.objects.create(key="new.test", name="new.test", is_own=True, per_hour=5)

    client.post(f"{PAGE}limits/", sent)

    assert Lane.objects.get(key="new.test").per_hour == 5


def test_lane_add_and_remove(client, manager) -> None:
    client.post(f"{PAGE}lanes/", {"domain": "Big.Test"})
    lane = Lane.objects.get(key="big.test")
    assert "big.test" in client.get(PAGE).content.decode()

    page = client.post(f"{PAGE}lanes/{lane.pk}/remove/", follow=True)

    assert "queue with everybody&#x27;s again" in page.content.decode()
    assert not Lane.objects.filter(key="big.test").exists()


def test_lane_add_impossible_says_why(client, manager) -> None:
    page = client.post(f"{PAGE}lanes/", {"domain": "gmail.com"})

    assert page.status_code == 422
    assert "gmail.com belongs to Google (Gmail)" in page.content.decode()


def test_lane_remove_of_a_large_group_is_refused(client, manager) -> None:
    google = Lane.objects.get(key="google")

    page = client.post(f"{PAGE}lanes/{google.pk}/remove/", follow=True)

    assert "This group stays" in page.content.decode()
    assert Lane.objects.filter(key="google").exists()


def test_guards_save_within_bounds(client, manager) -> None:
    rates = {"bounce_percent": "3", "complaint_percent": "0.2"}

    client.post(f"{PAGE}guards/", rates)

    saved = GuardSettings.objects.get()
    assert (float(saved.bounce_percent), float(saved.complaint_percent)) == (3, 0.2)


@pytest.mark.parametrize(
    ("bounces", "complaints"), [("0.5", "0.1"), ("21", "0.1"), ("5", "2"), ("x", "0.1")]
)
def test_guards_save_out_of_bounds_changes_nothing(
    client, manager, bounces: str, complaints: str
) -> None:
    rates = {"bounce_percent": bounces, "complaint_percent": complaints}

    assert client.post(f"{PAGE}guards/", rates).status_code == 422
    assert GuardSettings.objects.count() == 0


@pytest.mark.parametrize(
    "rest", ["", "limits/", "lanes/", "guards/", "lanes/1/remove/"]
)
def test_sending_pages_of_somebody_without_the_right_change_nothing(
    client, ana, rest: str
) -> None:
    lane = Lane.objects.create(pk=1001, key="x.test", name="x.test", is_own=True)
    address = f"{PAGE}{rest.replace('/1/', f'/{lane.pk}/')}"
    sent = {
        **typed(google=("1", "1")),
        "domain": "y.test",
        "bounce_percent": "20",
        "complaint_percent": "1",
    }

    assert client.post(address, sent).status_code == (404 if rest else 405)
    assert client.get(address).status_code == (405 if rest else 404)
    assert not Lane.objects.filter(per_hour__isnull=False).exists()
    assert set(Lane.objects.filter(is_own=True).values_list("key", flat=True)) == {
        "x.test"
    }
    assert GuardSettings.objects.count() == 0


def started(state: str, **fields: object) -> Mailing:
    mailing = MailingFactory(state=state, started_at=NOW, **fields)
    mailing.versions.create()
    return mailing


@pytest.fixture
def stopped() -> Mailing:
    return started("stopped", state_reason="Stopped: too many bounces.")


def test_stopped_mailings_page_says_why_and_what_can_be_done(
    client, manager, stopped
) -> None:
    html = client.get(f"/mailings/{stopped.pk}/").content.decode()

    assert html.count("Stopped: too many bounces.") == 1
    assert [words in html for words in ("Continue anyway", "Cancel the rest")] == [
        True,
        True,
    ]
    assert reverse("mailings:mailing-resume", args=[stopped.pk]) not in html


def test_stopped_mailings_page_sends_others_to_a_manager(client, ana, stopped) -> None:
    html = client.get(f"/mailings/{stopped.pk}/").content.decode()

    assert "Continue anyway" not in html
    assert "A marketing manager can let it go on anyway." in html


def test_continue_anyway_goes_on(client, manager, stopped) -> None:
    page = client.post(f"/mailings/{stopped.pk}/continue-anyway/", follow=True)

    stopped.refresh_from_db()
    assert "Going on." in page.content.decode()
    assert stopped.state == "sending"
    assert MailingWatch.objects.get().waived_by == manager


def test_continue_anyway_of_a_mailing_that_was_not_stopped(client, manager) -> None:
    mailing = started("paused")

    page = client.post(f"/mailings/{mailing.pk}/continue-anyway/", follow=True)

    mailing.refresh_from_db()
    assert "cannot become" in page.content.decode()
    assert mailing.state == "paused"


def test_continue_anyway_without_the_right_changes_nothing(client, ana, stopped):
    address = f"/mailings/{stopped.pk}/continue-anyway/"

    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 405
    stopped.refresh_from_db()
    assert (stopped.state, MailingWatch.objects.count()) == ("stopped", 0)


def test_progress_shows_the_canary_and_what_holds_it(
    client, manager, sending: Callable[..., Mailing]
) -> None:
    for number in range(30):
        LeadFactory(email=f"a{number}@gmail.com")
    mailing = sending(0, canary=True, canary_size=10)
    Lane.objects.filter(key="google").update(per_hour=2)

    html = client.get(f"/mailings/{mailing.pk}/progress/").content.decode()
    MailingWatch.objects.update(canary_settled_at=timezone.now())
    later = client.get(f"/mailings/{mailing.pk}/progress/").content.decode()

    assert "Testing the water: 10 first, 0 done." in html
    assert "The rest waits." in html
    assert "Google (Gmail) takes 2 an hour. The rest goes until about" in html
    assert "Bounces are waited for until" in later


@pytest.mark.parametrize(
    ("before", "change", "after", "said"),
    [
        (1000, "slower", 500, "At most 500 mails an hour from now on."),
        (1, "slower", 1, "At most 1 mail an hour from now on."),
        (1000, "faster", 2000, "At most 2,000 mails an hour from now on."),
        (None, "faster", None, "No limit is set"),
        (None, "slower", 1000, "At most 1,000 mails an hour from now on."),
    ],
)
def test_pace_slower_and_faster(client, ana, before, change, after, said) -> None:
    mailing = started("sending", mails_per_hour=before)

    page = client.post(f"/mailings/{mailing.pk}/pace/", {"change": change}, follow=True)

    mailing.refresh_from_db()
    assert mailing.mails_per_hour == after
    assert said in page.content.decode()
