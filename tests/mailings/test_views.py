from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import LeadFactory, MailingFactory, UserFactory
from winback.accounts.rules import Role
from winback.content.models import Template
from winback.mailings import services
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
READERS = [
    "mailing-contents",
    "mailing",
    "mailing-preview",
    "mailing-frame",
    "mailing-check",
    "preview-people",
    "preview-cases",
]
WRITERS = [
    "check-outside",
    "mailing-save",
    "language-add",
    "language-remove",
    "mailing-send",
    "mailing-schedule",
    "mailing-undo",
    "mailing-pause",
    "mailing-resume",
    "mailing-cancel",
    "mailing-duplicate",
    "mailing-save-template",
    "mailing-delete",
]


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value, email="ana@winback.test")
    client.force_login(user)
    return user


@pytest.fixture
def draft(ana):
    LeadFactory(email="ann@example.org", contact_name="Ann <b>Li</b>")
    return services.create_mailing(
        {
            "subject": "Back in stock",
            "preheader": "At last",
            "body": "Hello {{ lead.contact_name }}",
            "from_name": "Ana",
            "from_address": "ana@winback.test",
        },
        by=ana,
        now=timezone.now(),
    )


def address(name, mailing):
    return reverse(f"mailings:{name}", args=[mailing.pk])


@pytest.mark.parametrize("name", READERS)
def test_mailing_pages_answer_readers(client, draft, name):
    assert client.get(address(name, draft)).status_code == 200


@pytest.mark.parametrize("name", READERS + WRITERS)
def test_mailing_pages_do_not_exist_for_sales_people(client, draft, name):
    client.force_login(UserFactory(role=Role.SALES_MANAGER.value))
    before = Mailing.objects.values().get()

    call = client.post if name in WRITERS else client.get
    answer = call(address(name, draft), {"subject": "Stolen", "address": "x@y.test"})

    assert answer.status_code == 404
    assert Mailing.objects.values().get() == before


@pytest.mark.parametrize("name", WRITERS)
def test_mailing_writers_refuse_get(client, draft, name):
    assert client.get(address(name, draft)).status_code == 405


@pytest.mark.parametrize("name", READERS)
def test_mailing_readers_refuse_post(client, draft, name):
    assert client.post(address(name, draft)).status_code == 405


def test_mailing_list_without_login_leads_to_it(client):
    answer = client.get(reverse("mailings:mailing-list"))

    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/mailings/")


@pytest.mark.parametrize("view", ["list", "board", "calendar"])
@pytest.mark.parametrize("count", [1, 3])
def test_mailing_list_asks_the_same_number_of_queries(
    client, ana, django_assert_num_queries, view, count
):
    for _ in range(count):
        MailingFactory(state="sent", started_at=timezone.now())
    queries = {"list": 8, "board": 11, "calendar": 4}[view]

    with django_assert_num_queries(queries):
        answer = client.get(reverse("mailings:mailing-list"), {"view": view})

    assert answer.status_code == 200
    assert answer.content.decode().count('dir="auto">Mailing ') == count


def test_mailing_list_searches_and_filters(client, ana):
    MailingFactory(name="Restock lamps")
    MailingFactory(name="Restock chairs", state="sent")
    MailingFactory(name="Price drop")

    answer = client.get(
        reverse("mailings:mailing-list"), {"q": "restock", "state": "sent"}
    )

    text = answer.content.decode()
    assert "Restock chairs" in text
    assert "Restock lamps" not in text
    assert "Price drop" not in text


def test_mailing_create_from_a_template_copies_it(client, ana):
    template = Template.objects.get(key="welcome_back")

    answer = client.post(reverse("mailings:mailing-create"), {"template": template.pk})

    mailing = Mailing.objects.get()
    assert answer["Location"] == f"/mailings/{mailing.pk}/"
    contents = mailing.versions.get().contents.order_by("language")
    assert [content.language for content in contents] == ["", "fa", "uk"]


def test_mailing_create_begins_with_the_rules_it_is_given(client, ana):
    rules = {"match": "all", "rules": [{"field": "city", "op": "set"}]}

    answer = client.post(
        reverse("mailings:mailing-create"), {"rules": json.dumps(rules)}
    )

    mailing = Mailing.objects.get()
    assert answer["Location"] == f"/mailings/{mailing.pk}/"
    assert mailing.rules == rules


def test_mailing_create_with_faulty_rules_goes_back_to_them(client, ana):
    answer = client.post(
        reverse("mailings:mailing-create"), {"rules": '{"match": "some"}'}
    )

    assert answer["Location"].startswith("/audience/?r=")
    assert not Mailing.objects.exists()
    shown = client.get(answer["Location"])
    assert shown.context["builder"]["tree_json"] == '{"match": "some"}'


@pytest.mark.parametrize("template", ["x", "999999999999999999999", "-1"])
def test_mailing_create_from_no_template_is_404(client, ana, template):
    answer = client.post(reverse("mailings:mailing-create"), {"template": template})

    assert answer.status_code == 404
    assert not Mailing.objects.exists()


def test_mailing_save_answers_with_the_new_revision(client, draft):
    answer = client.post(
        address("mailing-save", draft),
        {"revision": draft.revision, "subject": "Fresh", "campaign": "Spring"},
    )

    assert answer.json() == {"revision": draft.revision + 1, "title": "Fresh"}
    draft.refresh_from_db()
    assert draft.campaign.name == "Spring"
    assert draft.restore_on_reply is True


def test_mailing_save_on_an_old_revision_conflicts_until_overwritten(client, draft):
    old = {"revision": draft.revision - 1, "subject": "Mine"}

    answer = client.post(address("mailing-save", draft), old)
    assert answer.status_code == 409
    assert (
        answer.json()["conflict"] == "Somebody else has changed this mailing meanwhile."
    )

    answer = client.post(address("mailing-save", draft), old | {"overwrite": "1"})
    assert answer.json()["title"] == "Mine"


def test_mailing_save_names_wrong_fields(client, draft):
    rules = {"match": "all", "rules": [{"field": "nothing", "op": "=", "value": 1}]}

    answer = client.post(
        address("mailing-save", draft),
        {
            "revision": draft.revision,
            "rules": json.dumps(rules),
            "from_address": "nobody",
            "subject": "a\u2028b",
        },
    )

    assert answer.status_code == 422
    assert set(answer.json()["problems"]) == {"rules", "from_address", "subject"}


def test_mailing_check_asks_the_last_question(client, draft):
    answer = client.get(address("mailing-check", draft))

    assert (
        "Send to 1 person from Ana &lt;ana@winback.test&gt; now?"
        in answer.content.decode()
    )


def test_mailing_send_shows_the_undo_bar_and_undo_brings_the_form_back(client, draft):
    answer = client.post(address("mailing-send", draft), follow=True)
    assert "data-undo=" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "scheduled"

    answer = client.post(address("mailing-undo", draft), follow=True)
    assert "data-autosave" in answer.content.decode()


def test_mailing_state_asks_the_page_to_load_anew_once_it_changed(client, draft):
    client.post(address("mailing-send", draft))
    assert f"mailings/{draft.pk}/state/?seen=scheduled" in (
        client.get(address("mailing", draft)).content.decode()
    )

    same = client.get(address("mailing-state", draft), {"seen": "scheduled"})
    changed = client.get(address("mailing-state", draft), {"seen": "sending"})

    assert (same.status_code, same.headers.get("HX-Refresh")) == (204, None)
    assert (changed.status_code, changed["HX-Refresh"]) == (204, "true")


def test_mailing_state_does_not_exist_for_sales_people(client, draft):
    client.force_login(UserFactory(role=Role.SALES_MANAGER.value))

    assert client.get(address("mailing-state", draft)).status_code == 404


def test_mailing_state_refuses_post(client, draft):
    assert client.post(address("mailing-state", draft)).status_code == 405


CHIP = "<bdi>First name</bdi></span>, look &amp; see"


def write_subject_with_a_field(client, draft):
    subject = "{{ lead.first_name }}, look & see"
    return client.post(
        address("mailing-save", draft),
        {"revision": draft.revision, "subject": subject},
    )


def test_mailing_is_titled_by_its_subject_with_fields_as_chips(client, draft):
    answer = write_subject_with_a_field(client, draft)

    assert answer.json()["title"].endswith(CHIP)
    for shown in (
        address("mailing", draft),
        "/mailings/",
        "/mailings/?view=board",
        address("mailing-preview", draft),
    ):
        assert CHIP in client.get(shown).content.decode(), shown


def test_mailing_with_a_name_of_its_own_keeps_it_as_title(client, draft):
    write_subject_with_a_field(client, draft)
    Mailing.objects.filter(pk=draft.pk).update(name="Spring <i>")

    page = client.get("/mailings/").content.decode()

    assert "Spring &lt;i&gt;" in page
    assert CHIP not in page


def test_mailing_page_shows_subject_and_preheader_with_chips(client, draft):
    write_subject_with_a_field(client, draft)
    draft.versions.get().contents.update(preheader="For {{ lead.city }}")
    Mailing.objects.filter(pk=draft.pk).update(state="cancelled")

    page = client.get(address("mailing", draft)).content.decode()

    assert page.count(CHIP) == 2
    assert "For <span class=" in page
    assert "{{ lead.first_name }}, look" not in page


def test_mailing_that_could_not_start_says_why_on_its_form(client, draft):
    Mailing.objects.filter(pk=draft.pk).update(state_reason="Nobody <matches>.")

    page = client.get(address("mailing", draft)).content.decode()

    assert "Nobody &lt;matches&gt;." in page
    assert "It is a draft again." in page


def test_seconds_to_undo_are_written_for_machines(client, draft):
    later = timezone.now() + timedelta(seconds=2_000)
    Mailing.objects.filter(pk=draft.pk).update(
        state="scheduled", scheduled_at=later, undo_until=later
    )

    page = client.get(address("mailing", draft)).content.decode()

    assert re.search(r'data-undo="(1999|2000)"', page)


def test_mailing_send_to_nobody_says_why(client, draft):
    rules = {"match": "all", "rules": [{"field": "city", "op": "=", "value": "Oz"}]}
    Mailing.objects.filter(pk=draft.pk).update(rules=rules)

    answer = client.post(address("mailing-send", draft), follow=True)

    assert "no lead matches the rules" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_mailing_schedule_in_the_past_shows_the_form_again(client, draft):
    answer = client.post(
        address("mailing-schedule", draft),
        {"scheduled_at": "2020-01-01T09:00", "time_zone": "UTC", "timing": "at_once"},
    )

    assert answer.status_code == 422
    assert "This time is over" in answer.content.decode()


def test_mailing_schedule_by_htmx_leads_to_the_mailing(client, draft):
    tomorrow = timezone.now() + timedelta(days=1)

    answer = client.post(
        address("mailing-schedule", draft),
        {
            "scheduled_at": tomorrow.strftime("%Y-%m-%dT%H:%M"),
            "time_zone": "Asia/Tehran",
            "timing": "recipient_morning",
        },
        headers={"HX-Request": "true"},
    )

    assert (answer.status_code, answer["HX-Redirect"]) == (
        204,
        f"/mailings/{draft.pk}/",
    )
    draft.refresh_from_db()
    assert (draft.state, draft.timing) == ("scheduled", "recipient_morning")


def test_template_of_somebody_else_cannot_be_deleted(client, ana):
    theirs = Template.objects.create(
        name="Theirs", owner=UserFactory(), created_at=timezone.now()
    )

    answer = client.post(reverse("content:template-delete", args=[theirs.pk]))

    assert answer.status_code == 404
    assert Template.objects.filter(pk=theirs.pk).exists()


def test_template_list_and_pictures_answer(client, ana):
    template = Template.objects.get(key="restock")

    assert client.get(reverse("content:template-list")).status_code == 200
    picture = client.get(reverse("content:template-frame", args=[template.pk]))
    assert "Good news: it is back" in picture.content.decode()


@pytest.mark.parametrize(("size", "status"), [(600_000, 422), (6_000_000, 400)])
def test_a_body_that_is_too_long_is_refused_and_nothing_saved(
    client, draft, size, status
):
    url = reverse("mailings:mailing-save", args=[draft.pk])

    answer = client.post(url, {"body": "x" * size, "revision": draft.revision})

    assert answer.status_code == status
    if status == 422:
        message = "This is too long: at most 512 KB are possible."
        assert answer.json()["problems"] == {"body": message}
    content = draft.versions.get().contents.get()
    assert content.body == "Hello {{ lead.contact_name }}"
