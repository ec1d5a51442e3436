from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.factories import UserFactory
from winback.accounts.rules import Role
from winback.content.models import Picture
from winback.content.pictures import known_sizes

pytestmark = pytest.mark.django_db


def photo():
    out = io.BytesIO()
    Image.new("RGB", (1600, 800), "teal").save(out, "JPEG")
    return SimpleUploadedFile("me.jpg", out.getvalue(), content_type="text/html")


def upload(client, **data):
    return client.post(reverse("content:picture-upload"), data)


def test_uploaded_picture_is_shown_to_whoever_has_its_name(client, ana, home):
    answer = upload(client, picture=photo(), alt=" A lamp ").json()

    picture = Picture.objects.get()
    assert answer == {
        "url": f"https://crm.example/i/{picture.name}",
        "width": 1200,
        "height": 600,
    }
    assert (picture.alt, picture.uploaded_by) == ("A lamp", ana)
    client.logout()
    shown = client.get(f"/i/{picture.name}")
    assert shown.content.startswith(b"\xff\xd8")
    headers = {
        "Content-Type": "image/jpeg",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: shown[name] for name in headers} == headers


def test_known_sizes_tells_the_bytes_of_our_pictures_alone(client, ana, home):
    url = upload(client, picture=photo()).json()["url"]
    size = len(client.get(f"/i/{Picture.objects.get().name}").content)

    found = known_sizes([url, "https://shop.example/i/x.png", f"{url}x"])

    assert found == {url: size}


def test_picture_names_cannot_be_guessed(client, ana, home):
    urls = {upload(client, picture=photo()).json()["url"] for _n in range(3)}

    assert len(urls) == 3
    assert {len(url.rpartition("/")[2].partition(".")[0]) for url in urls} == {22}


@pytest.mark.parametrize(
    "data", [{}, {"picture": SimpleUploadedFile("a.svg", b"<svg/>")}]
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(client, ana, home, data):
    response = upload(client, **data)

    assert response.status_code == 422
    assert response.json()["problem"]
    assert not Picture.objects.exists()
    assert list(home.rglob("*.*")) == []


@pytest.mark.parametrize(
    "name",
    ["x.png", "a" * 22 + ".png", "a" * 22 + ".svg", "..%2f..%2fsecret_key", "%00.png"],
)
def test_unknown_pictures_are_not_found(client, home, name):
    (home / "secret_key").write_text("secret")

    assert client.get(f"/i/{name}").status_code == 404


@pytest.mark.parametrize("name", ["canvas-draw", "picture-upload"])
def test_editor_is_not_there_for_somebody_without_the_right(client, home, name):
    client.force_login(UserFactory(role=Role.SALES_USER.value))

    response = client.post(reverse(f"content:{name}"), {"picture": photo()})

    assert response.status_code == 404
    assert not Picture.objects.exists()


def test_canvas_runs_nothing_and_leads_nowhere(client, ana):
    response = client.get(reverse("content:canvas"))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.endswith("sandbox allow-same-origin")
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_drawing_answers_with_the_mail_and_its_problems(client, ana):
    source = (
        "<mjml><mj-body><mj-section><mj-column>\r\n"
        "<mj-text>{{ lead.nmae }}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )

    answer = client.post(
        reverse("content:canvas-draw"), {"source": source, "language": "fa"}
    ).json()

    assert "{{ lead.nmae }}" in answer["html"]
    assert (answer["language"], answer["direction"]) == ("fa", "rtl")
    assert [problem["line"] for problem in answer["problems"]] == [2]
