"""Saved templates: versions, and what people may do with each."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from tests.factories import UserFactory
from winback.accounts.rules import Role
from winback.content import services
from winback.content.branding.rules import DEFAULT_BRAND, with_brand
from winback.content.gallery import cards, purpose_of, shown_name
from winback.content.models import Template, TemplateContent
from winback.content.services import (
    TemplateConflictError,
    TemplateFixedError,
    Written,
)
from winback.mailings.models import Mailing
from winback.mailings.services import (
    create_mailing,
    duplicate_mailing,
    save_as_template,
    start_from_template,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def says(subject: str, body: str = "Hello", language: str = "") -> Written:
    return Written(
        language=language,
        subject=subject,
        preheader="",
        body_kind="text",
        body=body,
    )


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


@pytest.fixture
def saved(ana):
    return services.create_template("Restock", [says("One")], by=ana, now=NOW)


@pytest.fixture
def theirs():
    other = UserFactory(role=Role.MARKETING_USER.value)
    return services.create_template("Theirs", [says("Mine")], by=other, now=NOW)


def subjects(template: Template) -> list[str]:
    return list(template.contents.values_list("subject", flat=True))


def test_each_save_is_a_version_and_an_old_one_comes_back(saved, ana):
    services.save_version(
        saved, [says("Two"), says("Два", language="uk")], base=1, by=ana, now=NOW
    )
    first = saved.versions.get(number=1)

    services.restore_version(first, by=ana, now=NOW)

    saved.refresh_from_db()
    assert saved.version == 3
    assert subjects(saved) == ["One"]
    told = list(saved.versions.values_list("number", "restored_from"))
    assert told == [(3, 1), (2, None), (1, None)]
    assert [c["subject"] for c in saved.versions.get(number=2).contents] == [
        "Two",
        "Два",
    ]


def test_a_version_made_on_an_older_one_is_a_conflict(saved, ana):
    services.save_version(saved, [says("Two")], base=1, by=ana, now=NOW)

    with pytest.raises(TemplateConflictError):
        services.save_version(saved, [says("Three")], base=1, by=ana, now=NOW)

    assert subjects(saved) == ["Two"]
    assert saved.versions.count() == 2


def test_our_own_cannot_be_saved_over_but_duplicated(ana):
    ours = Template.objects.get(key="price_drop")

    with pytest.raises(TemplateFixedError):
        services.save_version(ours, [says("x")], base=None, by=ana, now=NOW)
    copy = services.duplicate_template(ours, name="Price drop", by=ana, now=NOW)

    assert (copy.key, copy.owner, copy.version) == ("", ana, 1)
    assert sorted(subjects(copy)) == sorted(subjects(ours))
    assert copy.versions.count() == 1


def test_a_mailing_keeps_what_it_was_made_from(saved, ana):
    mailing = create_mailing({}, by=ana, now=NOW)
    mailing = start_from_template(mailing, saved, by=ana, now=NOW)
    services.save_version(saved, [says("Two")], base=None, by=ana, now=NOW)
    copy = duplicate_mailing(mailing, by=ana, now=NOW)

    for one in (mailing, copy):
        one.refresh_from_db()
        assert (one.template, one.template_version) == (saved, 1)
        assert one.versions.get().contents.get().subject == "One"
    saved.delete()
    mailing.refresh_from_db()
    assert mailing.template is None
    assert mailing.versions.get().contents.get().subject == "One"


def test_a_mailing_is_saved_as_a_template_that_follows_the_brand(ana):
    mailing = create_mailing({}, by=ana, now=NOW)
    ours = Template.objects.get(key="welcome_back")
    mailing = start_from_template(mailing, ours, by=ana, now=NOW)

    template = save_as_template(mailing, name="", by=ana, now=NOW)

    body = template.contents.get(language="").body
    assert 'background-color="[[brand_accent]]"' in body
    assert "[[brand_header]]" in body
    assert template.name == mailing.name


def test_save_as_template_can_be_the_next_version(client, saved, ana):
    mailing = create_mailing({"subject": "Two"}, by=ana, now=NOW)
    Mailing.objects.filter(pk=mailing.pk).update(template=saved)
    address = reverse("mailings:mailing-save-template", args=[mailing.pk])

    client.post(address, {"name": "ignored", "replaces": saved.pk})

    saved.refresh_from_db()
    assert (saved.name, saved.version, subjects(saved)) == ("Restock", 2, ["Two"])


def test_a_version_saved_back_keeps_its_languages(ana):
    ours = Template.objects.get(key="plain_letter")
    copy = services.duplicate_template(ours, name="Letter", by=ana, now=NOW)
    mailing = create_mailing({}, by=ana, now=NOW)
    mailing = start_from_template(mailing, copy, by=ana, now=NOW)

    save_as_template(mailing, name="", by=ana, now=NOW, replaces=copy)

    first, second = copy.versions.order_by("number")
    assert looks(first.contents) == looks(second.contents)


def looks(contents: list[Written]) -> dict[str, tuple[str, str]]:
    """By language the subject, and the body in the usual colours."""
    return {
        one["language"]: (
            one["subject"],
            with_brand(one["body"], DEFAULT_BRAND, one["language"]),
        )
        for one in contents
    }


def test_nobody_saves_over_the_template_of_somebody_else(client, theirs, ana):
    mailing = create_mailing({"subject": "Two"}, by=ana, now=NOW)
    Mailing.objects.filter(pk=mailing.pk).update(template=theirs)
    address = reverse("mailings:mailing-save-template", args=[mailing.pk])

    answer = client.post(address, {"replaces": theirs.pk})

    assert answer.status_code == 404
    assert subjects(theirs) == ["Mine"]
    assert Template.objects.filter(key="").count() == 1


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("template-rename", []),
        ("template-archive", []),
        ("template-unarchive", []),
        ("template-delete", []),
        ("version-restore", [1]),
    ],
)
def test_templates_of_others_do_not_change(client, ana, theirs, name, rest):
    ours = Template.objects.get(key="restock")
    for template in (theirs, ours):
        address = reverse(f"content:{name}", args=[template.pk, *rest])

        assert client.post(address, {"name": "Other"}).status_code == 404

        before = (template.name, template.version, template.archived_at)
        template.refresh_from_db()
        assert (template.name, template.version, template.archived_at) == before
    assert theirs.versions.count() == 1


def test_a_manager_changes_everybodys(client, theirs):
    client.force_login(UserFactory(role=Role.MARKETING_MANAGER.value))

    client.post(reverse("content:template-rename", args=[theirs.pk]), {"name": " N "})
    client.post(reverse("content:template-archive", args=[theirs.pk]))

    theirs.refresh_from_db()
    assert theirs.name == "N"
    assert theirs.archived_at is not None
    client.post(reverse("content:template-unarchive", args=[theirs.pk]))
    theirs.refresh_from_db()
    assert theirs.archived_at is None


def test_gallery_shows_ours_first_and_archived_ones_apart(ana, saved, theirs):
    services.archive_template(theirs, by=ana, now=NOW)

    names = [card.name for card in cards(ana)]

    assert names[0] == "Welcome back"
    assert names[-1] == "Restock"
    assert "Theirs" not in names
    assert [card.name for card in cards(ana, kind="archived")] == ["Theirs"]
    assert [card.name for card in cards(ana, kind="saved")] == ["Restock"]
    assert len(cards(ana, kind="ours")) == 8


@pytest.mark.parametrize(
    ("language", "search", "name"),
    [
        ("en", "PRICE drop", "Price drop"),
        ("uk", "ЗНИЖЕННЯ", "Зниження ціни"),
        ("fa", "كاهش", "کاهش قیمت"),  # with the Arabic kaf
    ],
)
def test_gallery_is_searched_in_the_readers_language(ana, language, search, name):
    with translation.override(language):
        assert [card.name for card in cards(ana, search=search)] == [name]


def test_ours_say_what_they_are_for_in_three_languages():
    ours = Template.objects.get(key="last_chance")
    told = set()
    for language in ("en", "uk", "fa"):
        with translation.override(language):
            told.add((shown_name(ours), purpose_of(ours)))
    assert len({name for name, _ in told}) == len({text for _, text in told}) == 3


@pytest.mark.parametrize("count", [1, 4])
def test_gallery_takes_the_same_queries_for_any_number(
    client, ana, django_assert_num_queries, count
):
    for number in range(count):
        services.create_template(f"T{number}", [says("x")], by=ana, now=NOW)

    with django_assert_num_queries(4):  # session, user, templates, contents
        page = client.get(reverse("content:template-list")).content.decode()

    assert page.count("<iframe") == 8 + count


def test_pages_of_a_template_answer(client, ana, saved):
    services.save_version(saved, [says("Two", "Bye")], base=None, by=ana, now=NOW)
    page = reverse("content:template", args=[saved.pk])
    frame = reverse("content:template-frame", args=[saved.pk])

    assert "Two" in client.get(page).content.decode()
    assert "One" in client.get(page, {"version": 1}).content.decode()
    assert "Bye" in client.get(frame).content.decode()
    assert "Hello" in client.get(frame, {"version": 1}).content.decode()
    assert "<pre" in client.get(frame, {"text": 1}).content.decode()
    for wrong in ("9", "x", "1" * 30):
        assert client.get(page, {"version": wrong}).status_code == 404
    told = client.get(reverse("content:version-compare", args=[saved.pk, 2]))
    assert "<bdi>One</bdi></del>" in told.content.decode()
    assert "<bdi>Two</bdi></ins>" in told.content.decode()
    assert "<bdi>Bye</bdi></ins>" in told.content.decode()


def test_frame_shows_the_colours_asked_for_and_runs_nothing(client, ana):
    ours = Template.objects.get(key="restock")
    frame = reverse("content:template-frame", args=[ours.pk])

    dark = client.get(frame, {"look": "dark", "language": "fa"})
    light = client.get(frame, {"look": "light"})

    assert "@media (min-width:0px)" in dark.content.decode()
    assert 'content="dark"' in dark.content.decode()
    assert 'dir="rtl"' in dark.content.decode()
    assert "@media (max-width:0px)" in light.content.decode()
    policy = dark["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_a_template_that_cannot_be_compiled_has_an_empty_picture(client, ana, saved):
    TemplateContent.objects.update(body="{{ lead.nothing_like_it }}")

    frame = client.get(reverse("content:template-frame", args=[saved.pk]))

    assert frame.status_code == 200
    assert frame.content == b""
    page = client.get(reverse("content:template", args=[saved.pk]))
    assert page.status_code == 200
