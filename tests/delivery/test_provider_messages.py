"""A composed mail in Anymail's words, and what each provider can be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from anymail.exceptions import AnymailUnsupportedFeature
from anymail.utils import Attachment as Provided
from anymail.utils import parse_address_list
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from winback.core.provider_config import ProviderSettings, known_providers
from winback.delivery.compose.encoding import one_line, quoted_printable
from winback.delivery.compose.frame import Attachment
from winback.delivery.compose.skeleton import (
    ComposedMail,
    Person,
    Sender,
    Skeleton,
    Stretches,
    Values,
)
from winback.delivery.providers.crew import unfit
from winback.delivery.providers.messages import provider_message
from winback.delivery.providers.provider import (
    Provider,
    ProviderError,
    cautions,
    known_extras,
    unknown_settings,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEXT = st.text(
    st.one_of(
        st.sampled_from('aZ09 .,=?_"\\<>@;:()йїЖالی\u200cژ۱😀é\u0301\n\t'),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=120,
)
# Enough for every backend to be made; nothing is sent.
SETTINGS = {
    "BREVO_API_KEY": "x",
    "MAILERSEND_API_TOKEN": "x",
    "MAILGUN_API_KEY": "x",
    "MAILJET_API_KEY": "x",
    "MAILJET_SECRET_KEY": "x",
    "MAILTRAP_API_TOKEN": "x",
    "MANDRILL_API_KEY": "x",
    "POSTAL_API_KEY": "x",
    "POSTAL_API_URL": "https://postal.example",
    "POSTMARK_SERVER_TOKEN": "x",
    "RESEND_API_KEY": "x",
    "SCALEWAY_SECRET_KEY": "x",
    "SCALEWAY_PROJECT_ID": "x",
    "SENDGRID_API_KEY": "x",
    "SPARKPOST_API_KEY": "x",
    "UNISENDER_GO_API_KEY": "x",
    "UNISENDER_GO_API_URL": "https://go.example",
}
# Amazon's needs boto, which is there only where somebody installs it.
PROVIDERS = sorted(set(known_providers()) - {"amazon_ses"})


def compose(
    *,
    subject: str = "Hello",
    name: str = "Olha",
    address: str = "olha@example.com",
    from_name: str = "Shop",
    text: str = "Hi\n",
    html: str | None = "<p>Hi</p>\n",
    attachments: Sequence[Attachment] = (),
) -> ComposedMail:
    skeleton = Skeleton(
        sender=Sender(name=from_name, address="shop@example.org"),
        text=Stretches(["", "\n"]),
        html=None if html is None else Stretches(["", "\n"]),
        language="uk",
        feedback_id="7:0:mailing:winback",
        attachments=attachments,
    )
    person = Person(
        name=name,
        address=address,
        message_id="<abc@reply.example>",
        envelope_sender="b-abc@reply.example",
        reply_to="r-abc@reply.example",
        unsubscribe_url="https://mail.example/u/abc/",
        unsubscribe_address="u-abc@reply.example",
    )
    values = Values(subject, [quoted_printable(html or "")], [quoted_printable(text)])
    return skeleton.compose(person, values, now=NOW)


@hypothesis_settings(max_examples=200, deadline=None)
@given(subject=TEXT, name=TEXT, from_name=TEXT, text=TEXT, html=TEXT)
@example(
    subject="x\r\nBcc: a@b.c", name='"\r\nBcc: x', from_name="<a@b>,", text="", html=""
)
@example(subject="=?utf-8?b?eA==?=", name="a, b", from_name="\\", text=".", html="..")
@example(subject="Вітаю " * 30, name="Ольга, " * 20, from_name='"', text="é", html="<")
def test_provider_message_says_what_the_mail_says(
    subject: str, name: str, from_name: str, text: str, html: str
) -> None:
    mail = compose(
        subject=subject, name=name, from_name=from_name, text=text, html=html
    )

    message = provider_message(mail)

    assert message.subject == one_line(subject)
    assert message.body == f"{text}\n"
    assert [(a.content, a.mimetype) for a in message.alternatives] == [
        (f"{html}\n", "text/html")
    ]
    for written, wanted, spec in (
        (message.from_email, from_name, "shop@example.org"),
        (message.to[0], name, "olha@example.com"),
    ):
        (read,) = parse_address_list(written)
        assert (read.display_name, read.addr_spec) == (one_line(wanted), spec)
    assert message.reply_to == ["r-abc@reply.example"]
    assert message.extra_headers == {
        "Message-ID": "<abc@reply.example>",
        "List-Unsubscribe": (
            "<https://mail.example/u/abc/>, "
            "<mailto:u-abc@reply.example?subject=unsubscribe>"
        ),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": "7:0:mailing:winback",
        "Content-Language": "uk",
    }
    assert message.attachments == []


def test_provider_message_file_in_html_is_no_body() -> None:
    page = Attachment(name="page.html", media_type="text/html", content=b"<p>no</p>")

    message = provider_message(compose(html=None, attachments=[page]))

    assert message.alternatives == []
    assert [Provided(part).name for part in message.attachments] == ["page.html"]


@pytest.mark.parametrize(
    "address",
    [
        r'"a\"b<c>"@example.com',
        "olha@приклад.укр",
        "оля@приклад.укр",
        '"two words"@example.com',
        "o'x+y@a.example",
    ],
)
def test_provider_message_address_of_any_script_is_kept(address: str) -> None:
    mail = compose(address=address)

    message = provider_message(mail)

    (read,) = parse_address_list(message.to)
    assert read.display_name == "Olha"
    local, _, domain = mail.recipient.rpartition("@")
    plain = local.strip('"').replace("\\", "")
    assert (read.username, read.domain) == (plain, domain)


def test_provider_message_without_html_has_no_other_part() -> None:
    message = provider_message(compose(html=None, text="Привіт"))

    assert (message.body, message.alternatives) == ("Привіт\n", [])


FILES = (
    Attachment(
        name="i.png", media_type="image/png", content=b"\x89PNG", content_id="img@x"
    ),
    Attachment(
        name="Прайс-лист на осінь.txt",
        media_type="text/plain",
        content="ціни\n".encode(),
    ),
    Attachment(
        name="a.pdf", media_type="application/pdf", content=bytes(range(256)) * 9
    ),
)


def test_provider_message_keeps_attachments_and_images() -> None:
    message = provider_message(compose(attachments=FILES))

    assert message.body.strip() == "Hi"
    assert message.alternatives[0].content.strip() == "<p>Hi</p>"
    image, text, file = (Provided(part) for part in message.attachments)
    assert (image.mimetype, image.inline, image.cid) == ("image/png", True, "img@x")
    assert image.content_bytes == b"\x89PNG"
    assert (text.mimetype, text.inline) == ("text/plain", False)
    assert (text.name, text.content) == ("Прайс-лист на осінь.txt", "ціни\n")
    assert (file.mimetype, file.inline, file.name) == (
        "application/pdf",
        False,
        "a.pdf",
    )
    assert file.content_bytes == bytes(range(256)) * 9


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_can_be_told_our_mails(settings, name: str) -> None:
    settings.ANYMAIL = ProviderSettings(SETTINGS)
    provider = Provider(name=name)
    backend = provider.backend()

    message = provider.message(compose(), 7, extras=known_extras(backend))

    payload = backend.build_message_payload(message, backend.send_defaults)
    assert payload is not None
    assert backend.timeout == (10, 30)


def test_providers_that_cannot_be_told_something_are_known(settings) -> None:
    settings.ANYMAIL = ProviderSettings(SETTINGS)
    extras = {
        name: sorted(known_extras(Provider(name=name).backend())) for name in PROVIDERS
    }

    everything = ["metadata", "track_clicks", "track_opens"]
    assert {name: known for name, known in extras.items() if known != everything} == {
        "brevo": ["metadata"],
        "mailersend": ["track_clicks", "track_opens"],
        "mailtrap": ["metadata"],
        "postal": [],
        "resend": ["metadata"],
        "scaleway": ["metadata"],
    }
    said = " ".join(cautions(Provider(name="postal").backend()))
    assert "tracking of opens and clicks cannot be switched off" in said
    assert "matched by address" in said
    assert list(cautions(Provider(name="mailgun").backend())) == []


def test_provider_that_cannot_have_images_says_so(settings) -> None:
    settings.ANYMAIL = ProviderSettings(SETTINGS)
    provider = Provider(name="brevo")
    backend = provider.backend()
    message = provider.message(compose(attachments=FILES), 7, extras=frozenset())

    with pytest.raises(AnymailUnsupportedFeature, match="inline attachments"):
        backend.build_message_payload(message, backend.send_defaults)


@pytest.mark.parametrize(
    ("name", "header", "kept"),
    [("mailjet", "Message-ID", False), ("mailgun", "Message-ID", True)],
)
def test_header_that_a_provider_writes_itself_is_left_to_it(
    name: str, header: str, kept: bool
) -> None:
    message = Provider(name=name).message(compose(), 7, extras=frozenset())

    assert (header in message.extra_headers) is kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "WINBACK_ANYMAIL_POSTMARK_SERVER_TOKEN is missing"),
        (
            {"POSTMARK_SERVER_TOKEN": "hunter2", "IDNA_ENCODER": "nothing"},
            "IDNA_ENCODER",
        ),
    ],
)
def test_provider_not_configured_says_what_is_missing(settings, given, said) -> None:
    settings.ANYMAIL = ProviderSettings(given)

    with pytest.raises(ProviderError, match=said) as caught:
        Provider(name="postmark").backend()

    assert "hunter2" not in str(caught.value)


def test_provider_whose_package_is_missing_says_so(settings, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    monkeypatch.delitem(
        __import__("sys").modules, "anymail.backends.amazon_ses", raising=False
    )

    with pytest.raises(ProviderError, match="boto3 package isn't installed"):
        Provider(name="amazon_ses").backend()


def test_settings_nobody_asked_for_are_named(settings) -> None:
    settings.ANYMAIL = ProviderSettings(
        {
            "MAILGUN_API_KEY": "x",
            "MAILGUN_APIURL": "x",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "x",
            "POSTMARK_SERVER_TOKEN": "x",
        }
    )

    backend = Provider(name="mailgun").backend()

    assert unknown_settings(backend) == ["WINBACK_ANYMAIL_MAILGUN_APIURL"]


@pytest.mark.parametrize(
    ("name", "mail", "outcome", "text"),
    [
        ("mailgun", compose(address="оля@приклад.укр"), None, ""),
        (
            "scaleway",
            compose(address="оля@приклад.укр"),
            "address",
            "Scaleway does not support EAI in to",
        ),
        (
            "brevo",
            compose(attachments=FILES),
            "account",
            "Brevo does not support inline attachments",
        ),
    ],
)
def test_mail_that_a_provider_cannot_have_is_judged_before_it_is_asked(
    settings, name: str, mail: ComposedMail, outcome: str | None, text: str
) -> None:
    settings.ANYMAIL = ProviderSettings(SETTINGS)
    provider = Provider(name=name)
    message = provider.message(mail, 7, extras=frozenset())

    verdict = unfit(provider.backend(), message, mail)

    if outcome is None:
        assert verdict is None
    else:
        assert verdict is not None
        assert (verdict.outcome, verdict.text) == (outcome, text)
