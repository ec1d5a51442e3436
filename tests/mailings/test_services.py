from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from tests.factories import (
    NOW,
    LeadFactory,
    LostReasonFactory,
    MailingFactory,
    UserFactory,
)
from winback.accounts.rules import Role
from winback.content.models import Template
from winback.core.models import AuditEntry
from winback.mailings import services
from winback.mailings.models import Fate, Mailing, Recipient
from winback.mailings.signals import mailing_due_changed
from winback.segments.models import FavouriteFilter

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return UserFactory(role=Role.MARKETING_USER.value, first_name="Ana")


@pytest.fixture
def draft(ana):
    """A draft that may be sent to one person."""
    LeadFactory(email="ann@example.org")
    return services.create_mailing(
        {
            "subject": "Back in stock",
            "body": "Hello {{ lead.first_name }}",
            "from_name": "Winback",
            "from_address": "hello@winback.test",
        },
        by=ana,
        now=NOW,
    )


def content_of(mailing):
    return mailing.versions.get().contents.get(language="")


def test_create_mailing_makes_a_draft_with_one_general_content(ana):
    mailing = services.create_mailing({"subject": "Hi", "body": "x"}, by=ana, now=NOW)

    mailing.refresh_from_db()
    assert (mailing.state, mailing.name, mailing.revision) == ("draft", "Hi", 1)
    assert mailing.responsible == ana
    assert content_of(mailing).subject == "Hi"
    assert AuditEntry.objects.get(action="mailings.create").actor == ana


def test_create_mailing_begins_with_the_persons_default_filter(ana):
    tree = {"match": "all", "rules": [{"field": "city", "op": "=", "value": "Kyiv"}]}
    favourite = FavouriteFilter.objects.create(
        name="Kyiv", tree=tree, owner=ana, created_at=NOW
    )
    favourite.defaultfilter_set.create(user=ana)

    assert services.create_mailing(by=ana, now=NOW).rules == tree


@pytest.mark.parametrize("field", ["subject", "preheader", "from_name"])
@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x0b"])
def test_save_mailing_with_a_line_break_in_a_header_is_refused(
    draft, ana, field, breaker
):
    with pytest.raises(services.MailingInvalidError) as caught:
        services.save_mailing(
            draft,
            {field: f"Hi{breaker}Bcc: all@example.org"},
            revision=None,
            by=ana,
            now=NOW,
        )

    assert caught.value.problems == {
        field: "Line breaks and control characters cannot be used here."
    }
    draft.refresh_from_db()
    assert content_of(draft).subject == "Back in stock"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reply_to", "a@b.example, c@d.example", "Use one address only."),
        ("from_address", "a@b.example; c@d.example", "Use one address only."),
        (
            "mails_per_hour",
            "0" * 9 + "9" * 30,
            "Use a whole number from 0 to 10000000.",
        ),
        ("frequency_cap_days", "9" * 5000, "Use a whole number from 0 to 3650."),
    ],
)
def test_save_mailing_with_more_than_is_kept_is_refused(draft, ana, field, value, said):
    with pytest.raises(services.MailingInvalidError) as caught:
        services.save_mailing(draft, {field: value}, revision=None, by=ana, now=NOW)

    assert caught.value.problems == {field: said}


def test_save_mailing_names_every_wrong_field_and_saves_none(draft, ana):
    with pytest.raises(services.MailingInvalidError) as caught:
        services.save_mailing(
            draft,
            {"from_address": "no address", "subject": "New", "colour": "red"},
            revision=None,
            by=ana,
            now=NOW,
        )

    assert set(caught.value.problems) == {"from_address", "colour"}
    assert content_of(draft).subject == "Back in stock"


def test_save_mailing_on_an_old_revision_is_a_conflict(draft, ana):
    seen = draft.revision
    services.save_mailing(draft, {"subject": "One"}, revision=seen, by=ana, now=NOW)

    with pytest.raises(services.MailingConflictError) as caught:
        services.save_mailing(draft, {"subject": "Two"}, revision=seen, by=ana, now=NOW)

    assert caught.value.revision == seen + 1
    assert content_of(draft).subject == "One"


def test_save_mailing_in_a_language_leaves_the_general_content(draft, ana):
    services.save_mailing(
        draft, {"subject": "Знову є"}, language="uk", revision=None, by=ana, now=NOW
    )

    contents = draft.versions.get().contents.order_by("language")
    assert [(c.language, c.subject) for c in contents] == [
        ("", "Back in stock"),
        ("uk", "Знову є"),
    ]


def test_save_mailing_resolves_names_in_rules(draft, ana):
    reason = LostReasonFactory(name="Too dear")
    rules = {
        "match": "all",
        "rules": [{"field": "lost_reason", "op": "in", "value": ["Too dear"]}],
    }

    saved = services.save_mailing(
        draft, {"rules": rules}, revision=None, by=ana, now=NOW
    )

    saved.refresh_from_db()
    assert saved.rules["rules"][0]["value"] == [reason.pk]


def test_send_mailing_schedules_it_with_time_to_undo(draft, ana):
    services.send_mailing(draft, by=ana, now=NOW)

    draft.refresh_from_db()
    assert draft.state == "scheduled"
    assert draft.scheduled_at == draft.undo_until == NOW + timedelta(seconds=30)
    assert AuditEntry.objects.get(action="mailings.send").subject_id == str(draft.pk)


def test_send_mailing_tells_whoever_sends_after_the_commit(
    draft, ana, django_capture_on_commit_callbacks
):
    heard = []

    def listen(mailing_id, **_signal):
        heard.append(mailing_id)

    mailing_due_changed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        services.send_mailing(draft, by=ana, now=NOW)
        assert heard == []

    assert heard == [draft.pk]
    mailing_due_changed.disconnect(listen)


def test_send_mailing_twice_is_refused_the_second_time(draft, ana):
    services.send_mailing(draft, by=ana, now=NOW)

    with pytest.raises(services.MailingStateError):
        services.send_mailing(draft, by=ana, now=NOW)


def test_send_mailing_to_nobody_is_refused_with_the_reason(draft, ana):
    rules = {"match": "all", "rules": [{"field": "city", "op": "=", "value": "Oz"}]}
    services.save_mailing(draft, {"rules": rules}, revision=None, by=ana, now=NOW)

    with pytest.raises(services.SendRefusedError) as caught:
        services.send_mailing(draft, by=ana, now=NOW)

    assert caught.value.reasons == [
        "Nobody would get this mailing: no lead matches the rules."
    ]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_send_mailing_where_all_are_left_out_says_why(ana):
    LeadFactory(email="")
    LeadFactory(email="gone@example.org", blacklisted=True)
    mailing = services.create_mailing(
        {"subject": "S", "body": "x", "from_address": "a@winback.test"}, by=ana, now=NOW
    )

    with pytest.raises(services.SendRefusedError) as caught:
        services.send_mailing(mailing, by=ana, now=NOW)

    assert caught.value.reasons == [
        "Nobody would get this mailing: all 2 matched leads are left out "
        "(No address: 1; Blacklisted: 1)."
    ]


def test_send_mailing_without_sender_subject_or_body_names_each(ana):
    LeadFactory(email="ann@example.org")
    mailing = services.create_mailing({"body": "{% if %}"}, by=ana, now=NOW)

    with pytest.raises(services.SendRefusedError) as caught:
        services.send_mailing(mailing, by=ana, now=NOW)

    assert caught.value.reasons == [
        "There is no valid from address.",
        "The subject is empty.",
        "The content cannot be used as it is.",
    ]


def test_send_mailing_counts_what_the_responsible_may_see(draft):
    sales = UserFactory(role=Role.SALES_USER.value)
    Mailing.objects.filter(pk=draft.pk).update(responsible=sales)

    with pytest.raises(services.SendRefusedError):
        services.send_mailing(draft, by=sales, now=NOW)


def test_schedule_mailing_understands_the_named_zone(draft, ana):
    services.schedule_mailing(
        draft,
        local_time=datetime.fromisoformat("2026-05-05T09:00"),
        time_zone="Europe/Kyiv",
        by=ana,
        now=NOW,
    )

    draft.refresh_from_db()
    assert draft.scheduled_at.isoformat() == "2026-05-05T06:00:00+00:00"
    assert (draft.state, draft.schedule_time_zone) == ("scheduled", "Europe/Kyiv")
    assert draft.undo_until is None


@pytest.mark.parametrize(
    ("local_time", "zone", "field"),
    [
        (datetime.fromisoformat("2026-05-04T09:00"), "UTC", "scheduled_at"),
        (datetime.fromisoformat("2026-05-05T09:00"), "Mars/Base", "time_zone"),
    ],
)
def test_schedule_mailing_in_the_past_or_nowhere_is_refused(
    draft, ana, local_time, zone, field
):
    with pytest.raises(services.MailingInvalidError) as caught:
        services.schedule_mailing(
            draft, local_time=local_time, time_zone=zone, by=ana, now=NOW
        )

    assert set(caught.value.problems) == {field}


def test_undo_send_makes_it_a_draft_again(draft, ana):
    services.send_mailing(draft, by=ana, now=NOW)

    services.undo_send(draft, by=ana, now=NOW)

    draft.refresh_from_db()
    assert (draft.state, draft.scheduled_at, draft.undo_until) == ("draft", None, None)


def test_undo_send_after_the_start_is_refused(draft, ana):
    Mailing.objects.filter(pk=draft.pk).update(state="sending")

    with pytest.raises(services.MailingStateError):
        services.undo_send(draft, by=ana, now=NOW)


def test_cancel_mailing_leaves_out_who_was_not_written_to(ana):
    mailing = MailingFactory(state="sending")
    for fate, sent_at in (("ready", None), ("handing_over", None), ("sent", NOW)):
        lead = LeadFactory()
        Recipient.objects.create(
            mailing=mailing,
            lead=lead,
            address=lead.email_normalized,
            fate=fate,
            sent_at=sent_at,
        )

    services.cancel_mailing(mailing, by=ana, now=NOW)

    mailing.refresh_from_db()
    assert (mailing.state, mailing.finished_at) == ("cancelled", NOW)
    fates = mailing.recipients.order_by("pk").values_list("fate", "left_out_reason")
    assert list(fates) == [
        (Fate.LEFT_OUT, "cancelled"),
        (Fate.HANDING_OVER, ""),
        (Fate.SENT, ""),
    ]


def test_pause_and_resume_go_there_and_back(ana):
    mailing = MailingFactory(state="sending")

    services.pause_mailing(mailing, by=ana, now=NOW, reason="Lunch")
    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("paused", "Lunch")

    services.resume_mailing(mailing, by=ana, now=NOW)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("sending", "")


@pytest.mark.parametrize("state", ["sent", "cancelled", "draft"])
def test_pause_mailing_that_is_not_sending_is_refused(ana, state):
    with pytest.raises(services.MailingStateError):
        services.pause_mailing(MailingFactory(state=state), by=ana, now=NOW)


def test_duplicate_mailing_is_a_draft_that_says_the_same(draft, ana):
    services.save_mailing(
        draft, {"window_start": "09:00"}, revision=None, by=ana, now=NOW
    )
    draft.refresh_from_db()
    other = UserFactory()

    copy = services.duplicate_mailing(draft, by=other, now=NOW)

    assert (copy.state, copy.name) == ("draft", "Copy of Back in stock")
    assert (copy.responsible, copy.window_start) == (other, time(9, 0))
    assert content_of(copy).body == "Hello {{ lead.first_name }}"


def test_save_as_template_keeps_every_language(draft, ana):
    services.save_mailing(
        draft, {"subject": "Знову"}, language="uk", revision=None, by=ana, now=NOW
    )

    services.save_as_template(draft, name="Restock", by=ana, now=NOW)

    template = Template.objects.get(name="Restock")
    assert sorted(template.contents.values_list("language", "subject")) == [
        ("", "Back in stock"),
        ("uk", "Знову"),
    ]


def test_start_from_template_replaces_the_contents(draft, ana):
    template = Template.objects.create(name="T", created_at=NOW)
    template.contents.create(subject="From template", body="b")
    template.contents.create(language="fa", subject="سلام", body="b")

    services.start_from_template(draft, template, by=ana, now=NOW)

    draft.refresh_from_db()
    assert draft.name == "From template"
    contents = draft.versions.get().contents.values_list("language", "subject")
    assert sorted(contents) == [("", "From template"), ("fa", "سلام")]


def test_delete_draft_of_a_sent_mailing_is_refused(ana):
    mailing = MailingFactory(state="sent")

    with pytest.raises(services.MailingStateError):
        services.delete_draft(mailing, by=ana, now=NOW)

    assert Mailing.objects.filter(pk=mailing.pk).exists()
