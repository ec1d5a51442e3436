from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.factories import (
    NOW,
    LeadFactory,
    LostLeadFactory,
    LostReasonFactory,
    UserFactory,
)
from winback.core.models import Installation
from winback.crm import lead_list
from winback.crm.models import Lead, Tag

pytestmark = pytest.mark.django_db
URL = "/leads/"


def titles(client, query=""):
    page = client.get(f"{URL}{query}").context["page"]
    return [lead.title for lead in page.rows]


def test_list_of_a_stranger_leads_to_the_login(client):
    assert client.get(URL).url == "/login/?next=/leads/"


def test_list_by_post_is_refused(client, admin):
    assert client.post(URL).status_code == 405


def test_list_shows_open_leads_newest_first(client, admin):
    LeadFactory(title="old", created_at=NOW - timedelta(days=2))
    LeadFactory(title="new")
    LeadFactory(title="put aside", active=False)
    LostLeadFactory(title="lost")

    assert titles(client) == ["new", "old"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=lost", ["lost"]),
        ("?status=won", ["won"]),
        ("?status=all&sort=title", ["aside", "lost", "open", "won"]),
        ("?status=nonsense", ["open"]),
    ],
)
def test_list_by_status_shows_what_it_says(client, admin, query, expected):
    LeadFactory(title="open")
    LeadFactory(title="aside", active=False)
    LeadFactory(title="won", status="won", won_at=NOW)
    LostLeadFactory(title="lost")

    assert titles(client, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lost_from=2026-05-02", ["second", "third"]),
        ("lost_until=2026-05-02", ["first", "second"]),
        ("lost_from=2026-05-02&lost_until=2026-05-02", ["second"]),
        ("created_from=2026-05-05", []),
        ("created_until=2026-05-04", ["first", "second", "third"]),
        ("lost_from=2.5.2026", ["second", "third"]),
        ("lost_from=5/2/2026", ["first", "second", "third"]),
    ],
)
def test_list_by_days_counts_both_ends_in_the_installations_zone(
    client, admin, query, expected
):
    zone = ZoneInfo("Asia/Tehran")
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": zone.key})
    LostLeadFactory(title="first", lost_at=datetime(2026, 5, 1, 23, 59, tzinfo=zone))
    LostLeadFactory(title="second", lost_at=datetime(2026, 5, 2, 0, 0, tzinfo=zone))
    LostLeadFactory(title="third", lost_at=datetime(2026, 5, 3, 0, 0, tzinfo=zone))

    assert titles(client, f"?status=lost&sort=title&{query}") == expected


def test_list_says_of_a_text_that_it_names_no_day(client, admin):
    page = client.get(f"{URL}?lost_from=5/2/2026").content.decode()

    assert "Write a day such as Jan 31, 2026." in page
    assert '<details class="filter-more" open>' in page


def test_list_of_a_seller_holds_own_leads_only(client, seller):
    LeadFactory(title="mine", owner=seller)
    LeadFactory(title="of another")

    assert titles(client, "?status=all") == ["mine"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("КИЇВ", ["Меблі для Київ"]),
        ("كتاب", ["کتاب‌فروشی"]),
        ("100%", ["100% wool"]),
        ("_", []),
        ("nobody\x00", []),
    ],
)
def test_search_finds_every_script_and_no_wildcards(client, admin, words, expected):
    for title in ("Меблі для Київ", "کتاب‌فروشی", "100% wool", "1000 rugs"):
        LeadFactory(title=title, contact_name="", email="")

    page = client.get(URL, {"q": words}).context["page"]

    assert [lead.title for lead in page.rows] == expected


def test_filter_by_reason_tag_and_none_narrow_the_list(client, admin):
    reason = LostReasonFactory(name="Not enough stock")
    tag = Tag.objects.create(name="VIP")
    stock = LostLeadFactory(title="stock", lost_reason=reason)
    LostLeadFactory(title="no reason", lost_reason=None)
    LostLeadFactory(title="price")
    stock.tags.add(tag)

    assert titles(client, f"?status=lost&reason={reason.pk}") == ["stock"]
    assert titles(client, "?status=lost&reason=none") == ["no reason"]
    assert titles(client, f"?status=lost&tag={tag.pk}") == ["stock"]


def test_filter_restored_shows_leads_that_came_back_whatever_they_are_now(
    client, admin
):
    back = LostLeadFactory(title="back")
    back.losses.update(restored_at=timezone.now())
    LostLeadFactory(title="still lost")

    assert titles(client, "?restored=90") == ["back"]


@pytest.mark.parametrize("sort", list(lead_list.SORTS))
@pytest.mark.parametrize("few", [1, 1000])
def test_pages_hold_every_lead_once_forwards_and_backwards(
    client, admin, sort, few, monkeypatch
):
    monkeypatch.setattr(lead_list, "PAGE_SIZE", 2)
    monkeypatch.setattr(lead_list, "FEW", few)
    for number in range(5):
        LeadFactory(
            title=f"lead {number}",
            expected_revenue=None if number % 2 else number,
            lost_at=None if number < 3 else NOW,
        )

    seen, page = [], client.get(URL, {"sort": sort}).context["page"]
    pages = [[lead.pk for lead in page.rows]]
    while page.after:
        page = client.get(URL, {"sort": sort, "after": page.after}).context["page"]
        pages.append([lead.pk for lead in page.rows])
    back = client.get(URL, {"sort": sort, "before": page.before}).context["page"]
    seen = [pk for rows in pages for pk in rows]

    assert sorted(seen) == sorted(Lead.objects.values_list("pk", flat=True))
    assert len(seen) == 5
    assert [lead.pk for lead in back.rows] == pages[-2]


@pytest.mark.parametrize("few", [1, 1000])
@pytest.mark.parametrize("query", [{"status": "lost"}, {"sort": "newest"}])
def test_pages_of_equal_dates_hold_every_lost_lead_once(
    client, admin, query, few, monkeypatch
):
    monkeypatch.setattr(lead_list, "PAGE_SIZE", 2)
    monkeypatch.setattr(lead_list, "FEW", few)
    leads = LostLeadFactory.create_batch(5, lost_at=NOW)
    LeadFactory()
    query = {"status": "lost", **query}

    page = client.get(URL, query).context["page"]
    pages = [[lead.pk for lead in page.rows]]
    while page.after:
        page = client.get(URL, {**query, "after": page.after}).context["page"]
        pages.append([lead.pk for lead in page.rows])
    back = client.get(URL, {**query, "before": page.before}).context["page"]

    newest_first = sorted((lead.pk for lead in leads), reverse=True)
    assert [pk for rows in pages for pk in rows] == newest_first
    assert [lead.pk for lead in back.rows] == pages[-2]


@pytest.mark.parametrize("few", [1, 1000])
def test_restored_leads_have_no_date_of_loss_and_are_all_shown(
    client, admin, few, monkeypatch
):
    monkeypatch.setattr(lead_list, "PAGE_SIZE", 2)
    monkeypatch.setattr(lead_list, "FEW", few)
    for _number in range(3):
        lead = LostLeadFactory()
        lead.losses.update(restored_at=timezone.now())
        type(lead).objects.filter(pk=lead.pk).update(
            status="open", active=True, lost_at=None, lost_reason=None
        )
    query = {"status": "lost", "restored": "90", "sort": "lost"}

    first = client.get(URL, query).context["page"]
    second = client.get(URL, {**query, "after": first.after}).context["page"]

    assert (len(first.rows), len(second.rows)) == (2, 1)


@pytest.mark.parametrize("cursor", ["x", "[]", '["a", 1]', '[null, "1"]', "[1, true]"])
def test_broken_cursor_shows_the_first_page(client, admin, cursor):
    LeadFactory(title="only")

    page = client.get(URL, {"after": cursor}).context["page"]

    assert [lead.title for lead in page.rows] == ["only"]


def test_count_stops_at_the_limit_and_says_so(client, admin, monkeypatch):
    monkeypatch.setattr(lead_list, "COUNT_LIMIT", 2)
    monkeypatch.setattr(lead_list, "FEW", 1)
    LeadFactory.create_batch(3)

    assert "More than 2 leads" in client.get(URL).content.decode()


def test_groups_count_leads_and_sum_one_currency(client, admin):
    LostLeadFactory.create_batch(2, expected_revenue=10, currency="EUR")
    LostLeadFactory(lost_reason=None, expected_revenue=5, currency="EUR")

    groups = client.get(URL, {"status": "lost", "group": "reason"}).context["groups"]

    assert [(one.name, one.leads, one.revenue) for one in groups] == [
        ("Too expensive", 2, 20),
        ("", 1, 5),
    ]


def test_empty_list_says_why(client, admin):
    assert "No leads here yet" in client.get(URL).content.decode()
    assert "No lead matches" in client.get(URL, {"q": "nobody"}).content.decode()


def test_htmx_answer_is_only_the_results(client, admin):
    page = client.get(URL, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert 'id="lead-results"' in page


def test_hostile_title_is_shown_as_text(client, admin):
    LeadFactory(title="<script>alert(1)</script>")

    assert "<script>alert(1)" not in client.get(URL).content.decode()


@pytest.mark.parametrize("more", [0, 2])
def test_list_takes_the_same_queries_for_any_number_of_rows(
    client, admin, more, django_assert_num_queries
):
    for lead in LostLeadFactory.create_batch(1 + more, owner=UserFactory()):
        lead.tags.add(Tag.objects.get_or_create(name="VIP")[0])

    # session, user, count, keys, rows, tags; six filters; reason and owner dialogs
    with django_assert_num_queries(14):
        page = client.get(URL, {"status": "lost"}).content.decode()

    assert page.count('<tr id="lead-') == 1 + more
