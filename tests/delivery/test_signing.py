"""From the settings to the wire: who signs, and what waits when nobody can."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import dkim as dkimpy
import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.smtp_script import ScriptedServer
from tests.factories import LeadFactory, UserFactory
from winback.core import dkim
from winback.core.dkim_config import DkimKey
from winback.core.models import Installation
from winback.delivery.engine.run import Run, open_run
from winback.delivery.models import DeliveryRun
from winback.delivery.services.testing import TestNotSentError, send_test
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


@pytest.fixture
def keys(settings, scripted, tmp_path: Path) -> list[DkimKey]:
    """An RSA and an Ed25519 key of the domain that ``due_mailing`` writes from."""
    made = [
        DkimKey("winback.example", "rsa", tmp_path / "rsa.pem"),
        DkimKey("winback.example", "ed", tmp_path / "ed.pem"),
    ]
    made[0].path.write_bytes(dkim.new_rsa_key())
    made[1].path.write_bytes(dkim.new_ed25519_key())
    settings.CONFIG = dataclasses.replace(settings.CONFIG, dkim=tuple(made))
    return made


def verdicts(content: bytes, keys: list[DkimKey]) -> list[bool]:
    """What dkimpy says of each signature, once the keys are published."""
    records = {
        f"{dkim.record_name(key)}.".encode(): dkim.record_text(
            dkim.load_key(key).private
        ).encode()
        for key in keys
    }
    count = content.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [_holds(content, at, records) for at in range(count)]


def _holds(content: bytes, at: int, records: dict[bytes, bytes]) -> bool:
    try:
        return bool(
            dkimpy.DKIM(content).verify(
                idx=at, dnsfunc=lambda name, timeout=5: records.get(name)
            )
        )
    except dkimpy.DKIMException:
        return False


def test_work_every_mail_arrives_with_signatures_that_hold(
    sending: Sending, opened: Opened, scripted: ScriptedServer, keys: list[DkimKey]
) -> None:
    LeadFactory(contact_name="Оля", email="оля@приклад.укр", language="uk")
    LeadFactory(contact_name="...\n.\n..", email="dots@example.com")
    mailing = sending(6)

    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": 8}
    assert len(scripted.mails) == 8
    for _sender, _recipient, content in scripted.mails:
        assert content.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
        assert f" t={int(NOW.timestamp())};".encode() in content
        assert verdicts(content, keys) == [True, True]
        assert verdicts(content.replace(b"look: ", b"Look: "), keys) == [False, False]


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("shop@news.winback.example", b" d=winback.example;"),
        ("shop@else.example", b""),
        ("", b" d=winback.example;"),  # the installation's own address
    ],
)
def test_work_signs_for_the_from_domain_only(
    sending: Sending,
    opened: Opened,
    scripted: ScriptedServer,
    keys: list[DkimKey],
    address: str,
    domain: bytes,
) -> None:
    Installation.objects.update_or_create(
        pk=1, defaults={"sender_address": "us@winback.example"}
    )

    opened(sending(1, from_address=address)).work(seconds=10)

    ((_sender, _recipient, content),) = scripted.mails
    head = content.partition(b"\r\n\r\n")[0]
    assert head.count(b"DKIM-Signature:") == (2 if domain else 0)
    assert domain in head


def test_open_run_key_that_cannot_be_used_waits_and_says_why(
    sending: Sending, opened: Opened, scripted: ScriptedServer, keys: list[DkimKey]
) -> None:
    mailing = sending(2)
    keys[1].path.rename(keys[1].path.with_suffix(".away"))

    assert open_run(mailing.pk, clock=lambda: NOW) is None

    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == (
        "sending",
        "DKIM key ed._domainkey.winback.example: No such file or directory",
    )
    assert fates(mailing) == {"ready": 2}
    assert not DeliveryRun.objects.exists()
    assert scripted.mails == []

    keys[1].path.with_suffix(".away").rename(keys[1].path)
    opened(mailing).work(seconds=10)

    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("sent", "")
    assert [verdicts(mail[2], keys) for mail in scripted.mails] == [[True, True]] * 2


def test_send_test_is_signed_or_says_why_not(
    sending: Sending, scripted: ScriptedServer, keys: list[DkimKey]
) -> None:
    mailing, by = sending(1), UserFactory()
    lead = mailing.recipients.get().lead
    given = {"lead": lead, "language": "", "by": by, "now": NOW}

    send_test(mailing, to="me@winback.example", **given)
    keys[0].path.write_text("nonsense")
    with pytest.raises(TestNotSentError, match=r"DKIM key rsa\._domainkey") as caught:
        send_test(mailing, to="me@winback.example", **given)

    assert [verdicts(mail[2], keys[1:]) for mail in scripted.mails] == [[False, True]]
    assert str(keys[0].path) not in str(caught.value)
