"""The library of pictures: found again, told where they stand, removed if unused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import MailingFactory, UserFactory
from winback.accounts.rules import Role
from winback.content import services
from winback.content.library import found_pictures, remove_pictures
from winback.content.models import Picture
from winback.content.picture_uses import names_in, picture_places
from winback.content.pictures import picture_path
from winback.core.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=40)


def picture(letter, by, **given):
    """A picture with its file; its name is one letter, repeated."""
    name = letter * 22 + ".png"
    path = picture_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"png")
    values = {"width": 40, "height": 20, "size_bytes": 2048, "created_at": LONG_AGO}
    return Picture.objects.create(name=name, uploaded_by=by, **values | given)


def body_with(*pictures):
    return "".join(f'<img src="https://crm.example/i/{one.name}">' for one in pictures)


def mailing_with(picture, **given):
    version = MailingFactory(**given).versions.create(label="A")
    version.contents.create(body_kind="html", body=body_with(picture))


def written(body):
    return {
        "language": "",
        "subject": "",
        "preheader": "",
        "body_kind": "html",
        "body": body,
    }


def test_names_are_found_wherever_they_stand():
    name = "a" * 21 + "-.jpg"

    for source in (f"url('/i/{name}')", f'src="http://old.test/i/{name}?x"'):
        assert names_in(source) == {name}
    assert names_in("a" * 21 + ".jpg") == set()


def test_places_are_mailings_in_any_state_templates_and_their_older_versions(ana):
    drafted, sent, saved, once, unused = (picture(x, ana) for x in "abcde")
    mailing_with(drafted, name="Autumn")
    mailing_with(sent, name="Spring", state="sent")
    template = services.create_template(
        "Shop", [written(body_with(once))], by=ana, now=NOW
    )
    services.save_version(
        template, [written(body_with(saved))], base=1, by=ana, now=NOW
    )

    places = picture_places()

    assert {
        name[0]: [(one.kind, one.name) for one in found]
        for name, found in places.items()
    } == {
        "a": [("Draft", "Autumn")],
        "b": [("Sent", "Spring")],
        "c": [("Template", "Shop")],
        "d": [("Template", "Shop, version 1")],
    }
    assert picture_places([unused.name]) == {}


def test_only_what_nothing_shows_is_removed_whoever_asks(
    ana, django_capture_on_commit_callbacks
):
    used, fresh = picture("a", ana), picture("b", ana, used_at=NOW - timedelta(hours=2))
    foreign, unused = picture("c", UserFactory()), picture("d", ana)
    mailing_with(used, state="cancelled")
    names = [one.name for one in (used, fresh, foreign, unused)]

    with django_capture_on_commit_callbacks(execute=True):
        assert remove_pictures([*names, "x"], by=ana, now=NOW) == (1, 3)

    assert set(Picture.objects.all()) == {used, fresh, foreign}
    assert [picture_path(name).exists() for name in names] == [True, True, True, False]
    manager = UserFactory(role=Role.MARKETING_MANAGER.value)
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_pictures(names, by=manager, now=NOW) == (1, 2)
    assert set(Picture.objects.all()) == {used, fresh}
    assert AuditEntry.objects.filter(action="content.remove_picture").count() == 2


def test_the_library_is_searched_in_every_script_the_last_used_first(ana):
    first = picture("a", ana, alt="Настільна ЛАМПА")
    second = picture("b", ana, alt="лампа й шафа", used_at=NOW)
    picture("c", ana, alt="чохол")

    assert found_pictures("лампа") == [second, first]
    assert found_pictures("ЛАМПА шафа") == [second]
    assert len(found_pictures("")) == 3


def test_the_editors_dialog_shows_a_page_of_pictures(
    client, ana, django_assert_num_queries
):
    for number in range(25):
        picture(chr(97 + number), ana, alt=f"<b> {number}")
    url = reverse("content:picture-choices")

    with django_assert_num_queries(3):  # session, user, pictures
        page = client.get(url, {"q": "b"}).content.decode()

    assert page.count("data-picture=") == 24
    assert 'data-alt="&lt;b&gt; 3"' in page
    assert f'hx-get="{url}?q=b&amp;page=2"' in page
    assert client.get(url, {"page": 2}).content.decode().count("data-picture=") == 1
    assert (
        "No picture is described so." in client.get(url, {"q": "zz"}).content.decode()
    )


def test_what_was_said_of_a_picture_is_kept_for_the_next_time(client, ana):
    shown = picture("a", ana, alt="Old")
    url = reverse("content:picture-used", args=[shown.name])

    assert client.post(url).status_code == 204
    shown.refresh_from_db()
    assert shown.alt == "Old"
    assert shown.used_at is not None
    client.post(url, {"alt": " A lamp "})
    shown.refresh_from_db()
    assert shown.alt == "A lamp"
    missing = reverse("content:picture-used", args=["b" * 22 + ".png"])
    assert client.post(missing).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_says_where_each_stands_with_the_same_queries(
    client, ana, count, django_assert_num_queries
):
    for letter in "abc"[:count]:
        mailing_with(picture(letter, ana, alt=letter), name=f"Mailing {letter}")
    picture("z", ana, alt="nobody's")
    url = reverse("content:picture-list")

    # session, user, pictures, and one for each kind of content
    with django_assert_num_queries(6):
        page = client.get(url).content.decode()

    assert page.count("Used in 1 place") == count
    assert page.count('type="checkbox"') == 1
    unused = client.get(url, {"show": "unused"}).content.decode()
    assert "nobody&#x27;s" in unused
    assert "Mailing a" not in unused


def test_ticked_pictures_go_and_what_is_used_stays(client, ana):
    used, unused = picture("a", ana), picture("b", ana)
    mailing_with(used)
    url = reverse("content:picture-remove")

    answer = client.post(url, {"name": [used.name, unused.name]}, follow=True)

    page = answer.content.decode()
    assert "1 picture removed." in page
    assert "1 picture is in use by now and stays." in page
    assert list(Picture.objects.all()) == [used]
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("name", ["picture-list", "picture-choices"])
def test_pictures_are_not_there_for_somebody_without_the_right(client, ana, name):
    shown = picture("a", ana)
    client.force_login(UserFactory(role=Role.SALES_USER.value))

    assert client.get(reverse(f"content:{name}")).status_code == 404
    remove = reverse("content:picture-remove")
    assert client.post(remove, {"name": shown.name}).status_code == 404
    used = reverse("content:picture-used", args=[shown.name])
    assert client.post(used, {"alt": "x"}).status_code == 404
    shown.refresh_from_db()
    assert shown.alt == ""
