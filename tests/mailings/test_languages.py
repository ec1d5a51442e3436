"""Contents in several languages: who gets which, and what is empty for whom."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.content.languages import (
    LanguageOrder,
    language_name,
    languages_tried,
    normalized_language,
)
from winback.core.models import Installation
from winback.mailings import services
from winback.mailings.content_reach import (
    compiled_contents,
    content_reach,
    people_with_empty_field,
)
from winback.mailings.contents import content_for, main_version
from winback.mailings.models import VersionContent
from winback.mailings.preview import preview_mail

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


@pytest.fixture
def draft(ana):
    made = services.create_mailing(
        {"subject": "Hi", "body": 'Dear {{ lead.first_name | default: "friend" }}'},
        by=ana,
        now=NOW(),
    )
    return services.save_mailing(
        made,
        {"subject": "Привіт", "body": "{{ lead.first_name }} {{ lead.city }}"},
        language="uk",
        revision=None,
        by=ana,
        now=NOW(),
    )


def languages_of(mailing):
    contents = main_version(mailing).contents.order_by("language")
    return list(contents.values_list("language", flat=True))


@pytest.mark.parametrize(
    ("spoken", "order", "tried"),
    [
        ("uk", LanguageOrder(), ["uk", ""]),
        ("uk_UA", LanguageOrder(), ["uk-ua", "uk", ""]),
        ("", LanguageOrder(), [""]),
        ("", LanguageOrder(without="fa"), ["fa", ""]),
        ("de", LanguageOrder(fallbacks=("uk", "en")), ["de", "uk", "en", ""]),
        ("?!", LanguageOrder(without="uk"), ["uk", ""]),
    ],
)
def test_languages_are_tried_in_order(spoken, order, tried):
    assert list(languages_tried(spoken, order)) == tried


def test_language_codes_are_brought_into_one_form():
    assert normalized_language(" PT_br ") == "pt-br"
    assert normalized_language("klingon!") == ""
    assert normalized_language("abc-defghi") == ""
    assert language_name("de") == "German"
    assert language_name("pt-br") == "Portuguese (Brazil)"


def test_people_without_a_language_get_what_the_installation_says(draft):
    contents = main_version(draft).contents.all()

    assert content_for(contents, "").language == ""
    assert content_for(contents, "", LanguageOrder(without="uk")).language == "uk"
    assert content_for(contents, "de", LanguageOrder(fallbacks=("uk",))).language == (
        "uk"
    )
    assert content_for(contents, "uk-UA").language == "uk"


def test_the_preview_follows_the_installation_and_a_choice_does_not(draft):
    Installation.objects.update_or_create(
        pk=1, defaults={"mail_language_without": "uk"}
    )
    lead = LeadFactory(language="", contact_name="Ann", city="Lviv")

    assert preview_mail(draft, lead).mail.subject == "Привіт"
    assert preview_mail(draft, lead, language="").mail.subject == "Hi"


def test_one_pass_tells_languages_and_empty_fields(draft, django_assert_num_queries):
    LeadFactory(language="uk", contact_name="Олена", city="")
    LeadFactory(language="uk-UA", contact_name="", city="Lviv")
    LeadFactory(language="", contact_name="", city="")
    LeadFactory(language="de", contact_name="Uwe", city="")
    LeadFactory(language="de", contact_name="", city="Bonn")
    LeadFactory(language="en", contact_name="Ann", city="York")
    compiled, faults = compiled_contents(draft)

    # main version, contents, installation, responsible, and one over the audience
    draft.refresh_from_db()
    with django_assert_num_queries(5):
        reach = content_reach(draft, compiled, now=NOW())

    assert faults == {}
    assert [(one.language, one.people, one.without) for one in reach.languages] == [
        ("", 4, 1),
        ("uk", 2, 0),
    ]
    assert [one.others for one in reach.languages] == [{"de": 2}, {}]
    assert [one.speakers for one in reach.languages] == [1, 2]
    assert [
        (one.path, one.people, one.with_fallback) for one in reach.empty_fields
    ] == [("lead.first_name", 1, 2), ("lead.city", 1, 0)]
    for one in reach.empty_fields:
        for bare, count in ((True, one.people), (False, one.with_fallback)):
            people = people_with_empty_field(draft, one.path, bare=bare, now=NOW())
            assert people.count() == count


def test_a_language_is_copied_from_another_and_removed(draft, ana):
    services.copy_language(draft, source="uk", language="de", by=ana, now=NOW())
    services.copy_language(draft, source="", language="uk", by=ana, now=NOW())

    assert languages_of(draft) == ["", "de", "uk"]
    texts = main_version(draft).contents
    assert texts.get(language="de").subject == "Привіт"
    assert texts.get(language="uk").subject == "Hi"

    services.remove_language(draft, language="de", by=ana, now=NOW())

    assert languages_of(draft) == ["", "uk"]


@pytest.mark.parametrize("language", ["", "xx-toolong", "UK"])
def test_the_general_content_and_no_language_cannot_be_removed_or_made(
    draft, ana, language
):
    with pytest.raises(services.MailingInvalidError):
        if language:
            services.copy_language(
                draft, source="", language=language, by=ana, now=NOW()
            )
        else:
            services.remove_language(draft, language="", by=ana, now=NOW())

    assert languages_of(draft) == ["", "uk"]


def test_nothing_is_removed_from_a_mailing_that_is_no_draft(draft, ana):
    draft.state = "sending"
    draft.save(update_fields=["state"])

    with pytest.raises(services.MailingStateError):
        services.remove_language(draft, language="uk", by=ana, now=NOW())

    assert languages_of(draft) == ["", "uk"]


def test_the_form_adds_copies_and_removes_languages(client, draft):
    add = reverse("mailings:language-add", args=[draft.pk])
    remove = reverse("mailings:language-remove", args=[draft.pk])

    added = client.post(add, {"language": "de", "source": "uk"})

    assert added["Location"] == f"/mailings/{draft.pk}/?language=de"
    assert VersionContent.objects.get(language="de").subject == "Привіт"
    page = client.get(added["Location"]).content.decode()
    assert ">German</a>" in page

    removed = client.post(remove, {"language": "de"})

    assert removed["Location"] == f"/mailings/{draft.pk}/"
    assert languages_of(draft) == ["", "uk"]


def test_the_page_below_the_editor_tells_faults_languages_and_holes(client, draft, ana):
    LeadFactory(language="uk", contact_name="", city="Lviv")
    url = reverse("mailings:mailing-contents", args=[draft.pk])

    page = client.get(url, {"language": "uk"}).content.decode()

    assert "<b>Ukrainian</b>: 1 person" in page
    assert "“lead.first_name” is empty for 1 person" in page

    services.save_mailing(
        draft,
        {"body": "one\ntwo {{ lead.nam }}\nthree"},
        language="uk",
        revision=None,
        by=ana,
        now=NOW(),
    )
    page = client.get(url, {"language": "uk"}).content.decode()

    assert 'data-line="2" data-part="id_body"' in page
    assert '<li value="2" class="is-it" aria-current="true">' in page
    assert "The content for “Ukrainian” cannot" in client.get(url).content.decode()


def test_a_figure_of_the_report_opens_its_people(client, draft):
    LeadFactory(language="uk", contact_name="", city="", email="anna@example.org")
    LeadFactory(language="uk", contact_name="Olha", city="", email="olha@example.org")
    LeadFactory(language="en", contact_name="", email="eve@example.org")
    url = reverse("mailings:mailing-empty", args=[draft.pk])

    bare = client.get(url, {"field": "lead.first_name"}).content.decode()
    filled = client.get(url, {"field": "lead.first_name", "fallback": 1})

    assert "anna@example.org" in bare
    assert "olha@example.org" not in bare
    assert "eve@example.org" not in bare
    assert "eve@example.org" in filled.content.decode()
    assert "anna@example.org" not in filled.content.decode()
    assert client.get(url, {"field": "lead.pk"}).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_people_of_a_figure_cost_the_same_queries(
    client, draft, number, django_assert_max_num_queries
):
    LeadFactory.create_batch(number, language="uk", contact_name="")
    url = reverse("mailings:mailing-empty", args=[draft.pk])

    with django_assert_max_num_queries(17):
        page = client.get(url, {"field": "lead.first_name"}).content.decode()

    assert page.count('<td dir="ltr">') == number


def test_somebody_without_the_right_sees_and_changes_nothing(client, draft):
    LeadFactory(language="uk", contact_name="", email="anna@example.org")
    client.force_login(UserFactory(role=Role.SALES_USER.value))
    url = reverse("mailings:mailing-empty", args=[draft.pk])

    assert client.get(url, {"field": "lead.first_name"}).status_code == 404
    assert client.post(url).status_code in {404, 405}
    for name in ("language-add", "language-remove"):
        address = reverse(f"mailings:{name}", args=[draft.pk])
        assert client.post(address, {"language": "uk"}).status_code == 404
    assert languages_of(draft) == ["", "uk"]
