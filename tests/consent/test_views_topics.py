import pytest
from tests.factories import NOW, MailingFactory, UserFactory

from winback.consent.models import Topic
from winback.consent.queries import default_topic
from winback.consent.services import opt_out
from winback.mailings.forms import MailingForm

pytestmark = pytest.mark.django_db
PAGE = "/settings/topics/"


@pytest.fixture
def manager(client):
    user = UserFactory(role="marketing_manager")
    client.force_login(user)
    return user


@pytest.fixture
def events():
    return Topic.objects.create(name="Events")


def test_a_new_topic_has_names_in_three_languages(client, manager):
    given = {"name": "Events", "name_uk": "Події", "name_fa": "رویدادها"}

    response = client.post(PAGE + "new/", given)

    assert response.status_code == 302
    made = Topic.objects.get(name="Events")
    assert made.name_translations == {"uk": "Події", "fa": "رویدادها"}
    assert (made.is_default, made.archived_at) == (False, None)


def test_renaming_keeps_what_people_said(client, manager, events):
    opt_out("ann@example.org", events, now=NOW)

    client.post(f"{PAGE}{events.pk}/", {"name": "Fairs", "name_uk": "", "name_fa": ""})

    assert Topic.objects.get(pk=events.pk).name == "Fairs"
    page = client.get(PAGE).content.decode()
    assert "Fairs" in page
    assert '<td class="number">1</td>' in page


def test_a_name_that_is_taken_is_refused(client, manager, events):
    response = client.post(PAGE + "new/", {"name": "Events"})

    assert response.status_code == 422
    assert Topic.objects.filter(name="Events").count() == 1


def test_an_archived_topic_is_offered_no_more_and_can_be_used_again(
    client, manager, events
):
    opt_out("ann@example.org", events, now=NOW)
    mailing = MailingFactory(topic=events)

    client.post(f"{PAGE}{events.pk}/archive/")

    assert events not in MailingForm(initial={}).fields["topic"].queryset
    own = MailingForm(initial={"topic": mailing.topic}).fields["topic"].queryset
    assert events in own
    assert events.opt_outs.count() == 1
    client.post(f"{PAGE}{events.pk}/back/")
    assert events in MailingForm(initial={}).fields["topic"].queryset


def test_the_topic_of_new_mailings_cannot_be_archived(client, manager):
    topic = default_topic()

    page = client.post(f"{PAGE}{topic.pk}/archive/", follow=True).content.decode()

    assert "Choose another topic for them first." in page
    assert default_topic().archived_at is None


def test_another_topic_becomes_that_of_new_mailings(client, manager, events):
    client.post(f"{PAGE}{events.pk}/default/")

    assert default_topic() == events
    assert Topic.objects.filter(is_default=True).count() == 1


def test_an_archived_topic_cannot_become_that_of_new_mailings(client, manager, events):
    Topic.objects.filter(pk=events.pk).update(archived_at=NOW)

    assert client.post(f"{PAGE}{events.pk}/default/").status_code == 404
    assert default_topic() != events


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_topics(
    client, manager, count, django_assert_num_queries
):
    for number in range(count):
        Topic.objects.create(name=f"Topic {number}")

    with django_assert_num_queries(3):  # session, user, topics
        client.get(PAGE)


@pytest.mark.parametrize("path", ["", "new/", "{pk}/"])
def test_pages_are_for_managers(client, events, path):
    client.force_login(UserFactory(role="marketing_user"))

    assert client.get(PAGE + path.format(pk=events.pk)).status_code == 404


@pytest.mark.parametrize("path", ["new/", "{pk}/", "{pk}/archive/", "{pk}/default/"])
def test_changes_are_for_managers(client, events, path):
    client.force_login(UserFactory(role="marketing_user"))

    answer = client.post(PAGE + path.format(pk=events.pk), {"name": "Other"})

    assert answer.status_code == 404
    events.refresh_from_db()
    assert (events.name, events.archived_at, events.is_default) == (
        "Events",
        None,
        False,
    )
    assert Topic.objects.count() == 2


@pytest.mark.parametrize("path", ["archive/", "back/", "default/"])
def test_changes_need_post(client, manager, events, path):
    assert client.get(f"{PAGE}{events.pk}/{path}").status_code == 405
