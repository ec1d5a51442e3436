"""One mail as it would be sent: the test send and the source."""

from __future__ import annotations

import dataclasses
import email
import email.policy
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.delivery.conftest import NOW, due_mailing
from tests.delivery.smtp_script import ScriptedServer
from tests.factories import LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.consent.fingerprints import fingerprint
from winback.consent.models import BlacklistEntry
from winback.core.audit import record
from winback.core.models import AuditEntry
from winback.delivery.services import TestNotSentError, TestResult, send_tests
from winback.mailings.models import Mailing, Recipient

pytestmark = pytest.mark.django_db
ME = "me@winback.test"


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value, email="ana@winback.test")
    client.force_login(user)
    return user


@pytest.fixture
def draft() -> Mailing:
    return due_mailing(state="draft", scheduled_at=None)


def address(name: str, mailing: Mailing) -> str:
    return reverse(f"delivery:{name}", args=[mailing.pk])


def post(client, mailing: Mailing, **data: object):
    url = address("test-send", mailing)
    return client.post(url, data, headers={"HX-Request": "true"})


def sent_to(draft: Mailing, *to: str, by=None, now=NOW) -> list[tuple[str, bool, str]]:
    lead = LeadFactory()
    results = send_tests(
        draft, to=to, lead=lead, language="", by=by or UserFactory(), now=now
    )
    return [(result.address, result.is_sent, result.text) for result in results]


def test_test_send_mail_is_marked_and_counted_nowhere(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    lead = LeadFactory(contact_name="Olha Koval", language="uk")

    page = post(client, draft, address=f"Me <{ME}>", lead=lead.pk, language="")

    assert page.status_code == 200
    _sender, recipient, raw = scripted.mails[0]
    assert recipient == ME
    assert b"Subject: =?utf-8?b?W1RFU1RdINCX0L3QvtCy0YMg0ZQ=?=" in raw
    assert b"Olha" in raw
    assert b"/t/c/" not in raw
    assert Recipient.objects.count() == 0
    lead.refresh_from_db()
    assert lead.last_mailed_at is None


def test_test_send_goes_to_several_and_tells_the_servers_words(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    LeadFactory()
    scripted.script = lambda _session, event: (
        b"550 5.1.1 Nobody here\r\n" if event == "RCPT TO:<b@winback.test>" else None
    )

    page = post(client, draft, address=f"{ME}, b@winback.test;\n c@winback.test\n{ME}")

    text = page.content.decode()
    assert page.status_code == 422
    assert [recipient for _sender, recipient, _raw in scripted.mails] == [
        ME,
        "c@winback.test",
    ]
    assert text.count("<li") == 3
    assert text.count("The server says:") == 2
    assert "550 5.1.1 Nobody here" in text
    assert AuditEntry.objects.filter(action="delivery.send_test").count() == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"address": "nonsense"}, "This is not an email address."),
        ({"address": ""}, "This is not an email address."),
        ({"address": f"{ME}, nonsense"}, "This is not an email address."),
        ({"address": f"{ME}\r\nBcc: b@winback.test"}, "This is not an email"),
        ({"address": ME}, "There is nobody in the audience."),
        (
            {"address": ",".join(f"a{n}@winback.test" for n in range(11))},
            "At most 10 addresses at once.",
        ),
    ],
)
def test_test_send_impossible_says_why_and_sends_nothing(
    client, ana, draft: Mailing, scripted: ScriptedServer, data: dict, said: str
) -> None:
    if "nobody" not in said:
        LeadFactory()

    page = post(client, draft, **data)

    assert (page.status_code, said in page.content.decode()) == (422, True)
    assert scripted.mails == []


def test_test_send_lead_of_others_is_nobody(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    page = post(client, draft, address=ME, lead="999999")

    assert page.status_code == 422
    assert scripted.mails == []


def test_test_send_to_a_blacklisted_address_is_refused_with_the_reason(
    draft: Mailing, scripted: ScriptedServer
) -> None:
    BlacklistEntry.objects.create(address=ME, reason="complaint", created_at=NOW)

    results = sent_to(draft, "Me@Winback.test", "b@winback.test")

    assert results[0] == (
        "Me@Winback.test",
        False,
        "This address is on the blacklist (Reported as spam), so nothing is sent "
        "there.",
    )
    assert [recipient for _sender, recipient, _raw in scripted.mails] == [
        "b@winback.test"
    ]


@pytest.mark.parametrize("kind", ["domain", "fingerprint"])
def test_test_send_is_refused_for_a_blocked_domain_and_an_erased_person(
    draft: Mailing, scripted: ScriptedServer, kind: str
) -> None:
    address = "winback.test" if kind == "domain" else fingerprint(ME)
    BlacklistEntry.objects.create(
        kind=kind, address=address, reason="by_hand", created_at=NOW
    )

    assert [is_sent for _to, is_sent, _text in sent_to(draft, ME)] == [False]

    assert scripted.mails == []


def test_test_send_to_a_dead_server_is_tried_once(
    draft: Mailing, scripted: ScriptedServer
) -> None:
    scripted.script = lambda _session, event: (
        b"421 Not now\r\n" if event == "connect" else None
    )

    results = sent_to(draft, ME, "b@winback.test")

    assert [is_sent for _address, is_sent, _text in results] == [False, False]
    assert results[1] == ("b@winback.test", False, "Not tried after that.")
    assert scripted.sessions == 1


def test_test_send_is_no_way_to_write_to_many(
    draft: Mailing, scripted: ScriptedServer
) -> None:
    ana, other = UserFactory(), UserFactory()
    for _ in range(99):
        record("delivery.send_test", actor=ana, subject="mailing", subject_id=1, at=NOW)

    with pytest.raises(TestNotSentError, match="over 100 tests within an hour"):
        sent_to(draft, ME, "b@winback.test", by=ana)
    assert scripted.mails == []
    assert sent_to(draft, ME, by=ana)[0][1]
    assert sent_to(draft, ME, "b@winback.test", by=other)[1][1]
    later = NOW + timedelta(hours=1, seconds=1)
    assert sent_to(draft, ME, "b@winback.test", by=ana, now=later)[1][1]


def test_result_of_a_test_is_plain() -> None:
    assert TestResult(ME, is_sent=True, text="250 ok").text == "250 ok"


def source(client, draft: Mailing, **query: object) -> str:
    answer = client.get(address("preview-source", draft), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_source_is_the_whole_mail_with_its_headers(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    LeadFactory(contact_name="Olha Koval", email="olha@example.org", language="uk")

    answer = client.get(address("preview-source", draft), {"download": "1"})

    mail = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert answer["Content-Type"] == "message/rfc822"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="mailing-{draft.pk}.eml"'
    )
    assert mail["Subject"] == "Знову є"
    assert mail["To"] == "Olha Koval <olha@example.org>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Dear Olha" in mail.get_body(("plain",)).get_content()
    assert b"/t/c/" not in answer.content
    assert scripted.mails == []
    assert Recipient.objects.count() == 0


def test_source_in_the_frame_is_text_that_runs_nothing(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    LeadFactory(contact_name="<script>alert(1)</script>")

    answer = client.get(address("preview-source", draft), {"language": "general"})

    assert "<script>" not in answer.content.decode()
    assert "Subject: Back" in answer.content.decode()
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "img-src 'none'" in answer["Content-Security-Policy"]


def test_source_without_anybody_or_a_text_says_so(
    client, ana, draft: Mailing, scripted: ScriptedServer
) -> None:
    assert "There is nobody in the audience." in source(client, draft)
    LeadFactory()
    draft.versions.get().contents.update(body="{{ lead.nothing }}")

    assert "There is no merge field" in source(client, draft)


def test_source_of_a_domain_without_a_server_is_shown_all_the_same(
    client, ana, draft: Mailing, settings
) -> None:
    LeadFactory()
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url="smtp://127.0.0.1:1?from=other.example"
    )

    assert "Subject: Back" in source(client, draft)


def test_source_is_for_people_who_work_with_mailings(client, draft: Mailing) -> None:
    LeadFactory()
    client.force_login(UserFactory(role=Role.SALES_MANAGER.value))

    assert client.get(address("preview-source", draft)).status_code == 404
