from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from winback.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"


@pytest.fixture
def admin(client):
    person = UserFactory(email="ada@winback.example")
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    return person


@pytest.fixture
def seller(client):
    person = UserFactory(role="sales_user")
    client.force_login(person)
    return person


def test_login_with_other_letter_case_leads_home(client):
    User.objects.create_user("ada@winback.example", PASSWORD)

    response = client.post(
        reverse("accounts:login"),
        {"username": "Ada@Winback.example", "password": PASSWORD},
    )

    assert (response.status_code, response.url) == (302, "/")


def test_login_with_wrong_password_says_so(client):
    User.objects.create_user("ada@winback.example", PASSWORD)

    response = client.post(
        reverse("accounts:login"),
        {"username": "ada@winback.example", "password": "wrong"},
    )

    assert "The address or the password is wrong" in response.content.decode()


def test_login_after_ten_wrong_passwords_is_closed_readably(client):
    User.objects.create_user("ada@winback.example", PASSWORD)
    guess = {"username": "ada@winback.example", "password": "wrong"}

    answers = [client.post(reverse("accounts:login"), guess) for _ in range(11)]
    right = client.post(reverse("accounts:login"), guess | {"password": PASSWORD})

    assert answers[8].status_code == 200
    assert right.status_code == 429
    assert "quarter of an hour" in right.content.decode()


def test_login_guessed_at_through_the_web_server_stays_open_for_others(client):
    User.objects.create_user("ada@winback.example", PASSWORD)
    guess = {"username": "ada@winback.example", "password": "wrong"}
    guesser = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}

    for _ in range(11):
        client.post(reverse("accounts:login"), guess, **guesser)
    right = guess | {"password": PASSWORD}
    from_guesser = client.post(reverse("accounts:login"), right, **guesser)
    from_ada = client.post(
        reverse("accounts:login"), right, HTTP_X_FORWARDED_FOR="203.0.113.9"
    )

    assert (from_guesser.status_code, from_ada.status_code) == (429, 302)


def test_logout_by_get_is_refused_and_changes_nothing(client, admin):
    assert client.get(reverse("accounts:logout")).status_code == 405
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_logout_by_post_ends_the_session(client, admin):
    client.post(reverse("accounts:logout"))

    assert client.get(reverse("accounts:profile")).status_code == 302


def test_profile_saves_language_theme_and_time_zone(client, seller):
    response = client.post(
        reverse("accounts:profile"),
        {
            "first_name": "Shirin",
            "last_name": "",
            "language": "fa",
            "theme": "dark",
            "time_zone": "Asia/Tehran",
        },
    )

    assert response.status_code == 302
    seller.refresh_from_db()
    assert (seller.language, seller.theme, seller.time_zone) == (
        "fa",
        "dark",
        "Asia/Tehran",
    )


def test_profile_page_is_written_in_the_direction_of_its_language(client, seller):
    seller.language, seller.theme = "fa", "dark"
    seller.save()

    page = client.get(reverse("accounts:profile")).content.decode()

    assert 'lang="fa"' in page
    assert 'dir="rtl"' in page
    assert 'data-bs-theme="dark"' in page


def test_profile_with_unknown_time_zone_is_refused(client, seller):
    response = client.post(
        reverse("accounts:profile"), {"theme": "auto", "time_zone": "Moon/Crater"}
    )

    assert response.status_code == 422
    seller.refresh_from_db()
    assert seller.time_zone == ""


def test_password_change_keeps_the_session(client, admin):
    new = "another long enough secret"

    client.post(
        reverse("accounts:password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    admin.refresh_from_db()
    assert admin.check_password(new)
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_language_choice_is_kept_with_the_person_and_never_leads_away(client, admin):
    response = client.post(
        reverse("accounts:language"),
        {"language": "uk", "next": "https://evil.example/"},
    )

    admin.refresh_from_db()
    assert (response.url, admin.language) == ("/", "uk")


def test_language_unknown_is_refused(client):
    response = client.post(reverse("accounts:language"), {"language": "xx"})

    assert response.status_code == 400


@pytest.mark.parametrize("name", ["person-list", "person-new"])
def test_people_pages_do_not_exist_for_sellers(client, seller, name):
    assert client.get(reverse(f"accounts:{name}")).status_code == 404


def test_people_pages_lead_strangers_to_the_login(client):
    response = client.get(reverse("accounts:person-list"))

    assert response.url == "/login/?next=/settings/people/"


def test_new_person_can_log_in(client, admin):
    client.post(
        reverse("accounts:person-new"),
        {
            "email": "Sam@Winback.example",
            "role": "sales_user",
            "password": PASSWORD,
        },
    )

    person = User.objects.get(email="sam@winback.example")
    assert (person.role, person.check_password(PASSWORD)) == ("sales_user", True)


def test_new_person_by_a_seller_is_not_made(client, seller):
    response = client.post(
        reverse("accounts:person-new"),
        {"email": "x@winback.example", "role": "administrator", "password": PASSWORD},
    )

    assert (response.status_code, User.objects.count()) == (404, 1)


def test_new_person_with_a_known_address_is_refused(client, admin):
    response = client.post(
        reverse("accounts:person-new"),
        {"email": "ADA@winback.example", "role": "sales_user", "password": PASSWORD},
    )

    assert (response.status_code, User.objects.count()) == (422, 1)


def test_own_role_cannot_be_changed(client, admin):
    client.post(
        reverse("accounts:person-edit", args=[admin.pk]),
        {"email": admin.email, "role": "sales_user"},
    )

    admin.refresh_from_db()
    assert admin.role == "administrator"


def test_edited_person_keeps_the_password_when_none_is_given(client, admin):
    person = User.objects.create_user("sam@winback.example", PASSWORD)

    client.post(
        reverse("accounts:person-edit", args=[person.pk]),
        {"email": person.email, "role": "sales_manager", "password": ""},
    )

    person.refresh_from_db()
    assert (person.role, person.check_password(PASSWORD)) == ("sales_manager", True)


def test_closed_account_is_logged_out_and_can_be_opened(client, admin):
    person = UserFactory()

    client.post(reverse("accounts:person-close", args=[person.pk]))
    person.refresh_from_db()
    closed = person.is_active
    client.post(reverse("accounts:person-open", args=[person.pk]))
    person.refresh_from_db()

    assert (closed, person.is_active) == (False, True)


def test_own_account_cannot_be_closed(client, admin):
    client.post(reverse("accounts:person-close", args=[admin.pk]))

    admin.refresh_from_db()
    assert admin.is_active is True


def test_close_by_a_seller_is_not_found_and_changes_nothing(client, seller):
    person = UserFactory()

    response = client.post(reverse("accounts:person-close", args=[person.pk]))

    person.refresh_from_db()
    assert (response.status_code, person.is_active) == (404, True)


def test_close_by_get_is_refused(client, admin):
    url = reverse("accounts:person-close", args=[admin.pk])

    assert client.get(url).status_code == 405


@pytest.mark.parametrize("more", [0, 2])
def test_person_list_takes_the_same_queries_for_any_number(
    client, admin, more, django_assert_num_queries
):
    UserFactory.create_batch(more)

    with django_assert_num_queries(3):  # session, user, people
        page = client.get(reverse("accounts:person-list")).content.decode()

    assert page.count('<tr id="person-') == 1 + more
