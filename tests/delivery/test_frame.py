"""Attachments and pictures mean what Python's email package says they mean."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.delivery.test_compose import assert_clean, compose
from winback.delivery.compose.encoding import one_line
from winback.delivery.compose.frame import Attachment

# Lone surrogates have no octets; the email package drops what is not printable.
NAMES = st.text(
    st.sampled_from("aZ09 ._-()'\"\\%;*=?/йїЖالی你😀\r\n\t"), min_size=1, max_size=150
).filter(lambda name: one_line(name) == " ".join(one_line(name).split()) != "")
TYPES = st.sampled_from(["application/pdf", "image/png", "text/csv"])


def attachments(pictures: bool) -> st.SearchStrategy[Attachment]:
    ids = st.from_regex(r"[a-z0-9]{1,20}@mail\.example", fullmatch=True)
    return st.builds(
        Attachment,
        name=NAMES,
        media_type=TYPES,
        content=st.binary(max_size=300),
        content_id=ids if pictures else st.just(""),
    )


def built_by_python(
    files: list[Attachment], pictures: list[Attachment]
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content("Hi\n")
    message.add_alternative("<p>Hi</p>\n", subtype="html")
    html = message.get_body(("html",))
    for picture in pictures:
        kind, _, subtype = picture.media_type.partition("/")
        html.add_related(
            picture.content,
            kind,
            subtype,
            cid=f"<{picture.content_id}>",
            filename=one_line(picture.name),
            disposition="inline",
        )
    for file in files:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(
            file.content, kind, subtype, filename=one_line(file.name)
        )
    return message_from_bytes(message.as_bytes(), policy=SMTP)


def leaves(message: EmailMessage) -> list[tuple[object, ...]]:
    return [
        (
            part.get_content_type(),
            part.get_filename(),
            part["Content-ID"],
            part.get_content_disposition(),
            part.get_payload(decode=True).replace(b"\r\n", b"\n").rstrip(b"\n"),
        )
        for part in message.walk()
        if not part.is_multipart()
    ]


@settings(max_examples=100, deadline=None)
@given(
    files=st.lists(attachments(pictures=False), max_size=3),
    pictures=st.lists(attachments(pictures=True), max_size=2),
)
@example(
    files=[
        Attachment(
            name="прайс-лист " * 12 + ".pdf", media_type="image/png", content=b"."
        )
    ],
    pictures=[],
)
def test_compose_attachments_mean_what_the_email_package_says(
    files: list[Attachment], pictures: list[Attachment]
) -> None:
    mail = compose(text=["Hi\n"], html=["<p>Hi</p>\n"], attachments=[*files, *pictures])

    assert_clean(mail)
    ours = message_from_bytes(mail.content, policy=SMTP)
    assert leaves(ours) == leaves(built_by_python(files, pictures))
    assert ours.get_body(("plain",)).get_content().strip() == "Hi"
    assert ours.get_body(("html",)).get_content().strip() == "<p>Hi</p>"


def test_compose_text_with_an_attachment_only() -> None:
    file = Attachment(name="a.pdf", media_type="application/pdf", content=b"%PDF")

    message = message_from_bytes(compose(attachments=[file]).content, policy=SMTP)

    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "application/pdf",
    ]


@pytest.mark.parametrize(
    ("media_type", "content_id"),
    [
        ("text/html\r\nX: y", ""),
        ("pdf", ""),
        ("image/png", "x>\r\nX: y"),
        ("image/png", "no-domain"),
    ],
)
def test_compose_attachment_that_would_break_out_raises(
    media_type: str, content_id: str
) -> None:
    file = Attachment(
        name="a", media_type=media_type, content=b"", content_id=content_id
    )

    with pytest.raises(ValueError, match="not a"):
        compose(attachments=[file])
