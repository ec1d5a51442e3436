import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.factories import NOW, LeadFactory, UserFactory

from winback.consent.files import read_rows
from winback.consent.models import BlacklistEntry
from winback.consent.services import blacklist_address

pytestmark = pytest.mark.django_db
PAGE = "/blacklist/"


@pytest.fixture
def manager(client):
    user = UserFactory(role="marketing_manager")
    client.force_login(user)
    return user


def listed():
    return list(BlacklistEntry.objects.order_by("pk").values_list("address", "note"))


def add(address, note=""):
    blacklist_address(address, reason="by_hand", note=note, now=NOW)
    return BlacklistEntry.objects.get(address=address)


def test_add_puts_the_address_on_the_list_with_who_and_why(client, manager):
    lead = LeadFactory(email="ann@example.org")

    response = client.post(
        PAGE + "add/", {"address": "Ann <ANN@example.org>", "note": "by phone"}
    )

    assert response.status_code == 302
    entry = BlacklistEntry.objects.get()
    assert (entry.address, entry.note, entry.created_by) == (
        "ann@example.org",
        "by phone",
        manager,
    )
    lead.refresh_from_db()
    assert lead.blacklisted is True


def test_add_of_no_address_says_so(client, manager):
    response = client.post(PAGE + "add/", {"address": "nonsense"})

    assert response.status_code == 422
    assert "This is not an email address or a domain." in response.content.decode()
    assert listed() == []


def test_lift_takes_it_off(client, manager):
    entry = add("ann@example.org")

    client.post(reverse("consent:blacklist-lift", args=[entry.pk]))

    assert listed() == []


def test_import_adds_good_rows_and_names_bad_ones(client, manager):
    file = SimpleUploadedFile(
        "list.csv", b"address;note\nann@example.org;shop\nbad@@x;\n"
    )

    page = client.post(PAGE + "import/", {"file": file}).content.decode()

    assert listed() == [("ann@example.org", "shop")]
    assert "1 new entry." in page
    assert "1 line holds neither an address nor a domain" in page
    assert "bad@@x" in page


@pytest.mark.parametrize("content", [b"", b"no addresses here", b"\0\1\2@"])
def test_import_of_another_file_says_so(client, manager, content):
    file = SimpleUploadedFile("x.csv", content or b"\n")

    response = client.post(PAGE + "import/", {"file": file})

    assert response.status_code == 422
    assert "No address was found in this file." in response.content.decode()


def test_export_can_be_imported_again(client, manager):
    add("=cmd@example.org", note="=1+1")
    add("ann@example.org", note="line\nbreak, comma")
    file = b"".join(client.get(PAGE + "export.csv").streaming_content)

    assert b"'=cmd@example.org" in file
    assert read_rows(file) == [
        (2, "=cmd@example.org", "=1+1"),
        (3, "ann@example.org", "line\nbreak, comma"),
    ]


def test_search_finds_part_of_address_or_note(client, manager):
    add("ann@example.org", note="Лист від юриста")
    add("bob@example.org")

    for query in ("ANN@", "юриста"):
        page = client.get(PAGE, {"q": query}).content.decode()
        assert "ann@example.org" in page
        assert "bob@example.org" not in page


def test_pages_go_on_after_the_last_row(client, manager):
    for number in range(51):
        add(f"a{number}@example.org")

    first = client.get(PAGE).content.decode()
    oldest = BlacklistEntry.objects.order_by("pk")[1].pk

    assert f'href="?before={oldest}"' in first
    second = client.get(PAGE, {"before": oldest}).content.decode()
    assert "a0@example.org" in second
    assert "a1@example.org" not in second


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(
    client, manager, rows, django_assert_num_queries
):
    for number in range(rows):
        add(f"a{number}@example.org")

    with django_assert_num_queries(4):  # session, user, rows, count
        client.get(PAGE)


CHANGES = ["add/", "import/", "{pk}/lift/"]


@pytest.mark.parametrize("path", CHANGES)
def test_changes_need_the_right_and_post(client, path):
    entry = add("ann@example.org")
    url = PAGE + path.format(pk=entry.pk)
    client.force_login(UserFactory(role="marketing_user"))

    assert client.post(url, {"address": "bob@example.org"}).status_code == 404
    assert listed() == [("ann@example.org", "")]
    client.force_login(UserFactory(role="marketing_manager"))
    assert client.get(url).status_code == 405


def test_page_is_for_people_with_mailings(client):
    add("ann@example.org")

    assert client.get(PAGE).status_code == 302
    client.force_login(UserFactory(role="sales_user"))
    assert client.get(PAGE).status_code == 404
    assert client.get(PAGE + "export.csv").status_code == 404
    client.force_login(UserFactory(role="marketing_user"))
    page = client.get(PAGE).content.decode()
    assert "ann@example.org" in page
    assert "Allow again" not in page


def test_notes_are_escaped(client, manager):
    add("ann@example.org", note="<script>x</script>")

    assert "<script>x" not in client.get(PAGE).content.decode()


def test_check_only_says_what_an_import_would_do_and_adds_nothing(client, manager):
    add("ann@example.org")
    file = SimpleUploadedFile(
        "list.csv", b"ann@example.org\nshop.example\n\nbad@@x\nbad@@y\n"
    )

    response = client.post(PAGE + "import/", {"file": file, "check": "1"})

    page = response.content.decode()
    assert "Checked, nothing was added" in page
    assert "1 new entry." in page
    assert "1 is already on the blacklist." in page
    assert "2 lines hold neither an address nor a domain" in page
    assert '<td class="number">4</td><td><bdi>bad@@x</bdi></td>' in page
    assert listed() == [("ann@example.org", "")]


def test_a_whole_domain_is_added_and_shown_as_one(client, manager):
    lead = LeadFactory(email="ann@eu.shop.example")

    client.post(PAGE + "add/", {"address": "@Shop.example", "note": "a rival"})

    assert listed() == [("shop.example", "a rival")]
    lead.refresh_from_db()
    assert lead.blacklisted is True
    assert "Whole domain" in client.get(PAGE).content.decode()


def test_an_erased_person_is_blocked_without_the_address_being_kept(client, manager):
    lead = LeadFactory(email="ann@example.org")
    add("ann@example.org", note="by phone")

    page = client.post(
        PAGE + "add/", {"address": "ann@example.org", "erase": "on"}, follow=True
    ).content.decode()

    entry = BlacklistEntry.objects.get()
    assert (entry.kind, entry.reason) == ("fingerprint", "erased")
    assert "ann@" not in entry.address + entry.note + page
    lead.refresh_from_db()
    assert lead.blacklisted is True
    # Whoever knows the address finds the entry.
    assert "fingerprint" in client.get(PAGE, {"q": "ann@example.org"}).content.decode()


def test_a_domain_cannot_be_erased(client, manager):
    response = client.post(PAGE + "add/", {"address": "shop.example", "erase": "on"})

    assert response.status_code == 422
    assert listed() == []


def test_lifting_an_address_of_a_listed_domain_says_what_still_blocks_it(
    client, manager
):
    entry = add("ann@shop.example")
    client.post(PAGE + "add/", {"address": "shop.example"})

    page = client.post(f"{PAGE}{entry.pk}/lift/", follow=True).content.decode()

    assert "ann@shop.example is still blocked by shop.example." in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"kind": "domain"}, ["shop.example"]),
        ({"reason": "by_hand", "kind": "address"}, ["ann@example.org"]),
        ({"kind": "nonsense"}, ["ann@example.org", "shop.example"]),
        ({"q": "bob@eu.shop.example"}, ["shop.example"]),
    ],
)
def test_filters_narrow_list_and_export_alike(client, manager, asked, shown):
    add("ann@example.org")
    client.post(PAGE + "add/", {"address": "shop.example"})

    page = client.get(PAGE, asked).content.decode()
    file = b"".join(client.get(PAGE + "export.csv", asked).streaming_content).decode()

    for known in ("ann@example.org", "shop.example"):
        cell = f'<span dir="ltr">{known}</span>'
        assert (cell in page, f",{known}," in file) == (known in shown,) * 2
