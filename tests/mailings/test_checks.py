from __future__ import annotations

import dataclasses

import pytest

from tests.factories import NOW, LeadFactory, UserFactory
from tests.nameserver import asked_by_everybody
from winback.core import dkim
from winback.core.dkim_config import DkimKey
from winback.core.models import Installation
from winback.mailings import services
from winback.mailings.checks import Level, check_mailing
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def check():
    """Makes a sound draft with changes and gives its lines by key."""
    LeadFactory(email="ann@example.org", contact_name="Ann Li", city="Kyiv")
    by = UserFactory()
    Installation.objects.update_or_create(pk=1, defaults={"postal_address": "1 High"})

    def run(**changes):
        sound = {
            "subject": "Back in stock",
            "preheader": "At last",
            "body": "Hello {{ lead.first_name }}, https://shop.test/",
            "from_name": "Ana",
            "from_address": "ana@winback.test",
        }
        mailing = services.create_mailing(sound | changes, by=by, now=NOW)
        return {line.key: line for line in check_mailing(mailing, now=NOW).lines}

    return run


def test_check_of_a_sound_mailing_is_green_but_for_the_dns(check):
    lines = check()

    assert {key for key, line in lines.items() if line.level != Level.GOOD} == {
        "domain"
    }
    assert lines["domain"].level == Level.UNKNOWN
    assert lines["domain"].text == (
        "SPF, DKIM and DMARC: not checked, mail does not leave this machine."
    )


@pytest.mark.parametrize(
    ("changes", "key", "level", "text"),
    [
        ({"from_address": ""}, "sender", Level.BAD, "There is no valid from address."),
        (
            {"from_name": ""},
            "sender",
            Level.WARN,
            "There is no from name; people see the bare address.",
        ),
        ({"subject": ""}, "subject", Level.BAD, "The subject is empty."),
        ({"body": " "}, "body", Level.BAD, "The mail has no text yet."),
        (
            {"body": "{{ lead.nothing }}"},
            "body",
            Level.BAD,
            "The content cannot be used as it is.",
        ),
        (
            {"body_kind": "html", "body": '<a href="htp:/x">x</a>'},
            "removed",
            Level.WARN,
            "Cleaning took out what cannot be in a mail.",
        ),
        (
            {"body_kind": "html", "body": '<a href="https://example.com/a">x</a>'},
            "links",
            Level.WARN,
            "Some links still have a placeholder as their address.",
        ),
        (
            {"body_kind": "html", "body": '<a href="shop.test/x">x</a>'},
            "links",
            Level.BAD,
            "Some links lead nowhere.",
        ),
        (
            {"body_kind": "html", "body": '<img src="https://shop.test/a.png">'},
            "images",
            Level.WARN,
            "1 image has no alternative text.",
        ),
        (
            {"body": "word " * 30_000},
            "size",
            Level.WARN,
            "The mail is 148 KB large; Gmail cuts off what is over 102 KB.",
        ),
        (
            {"body": "{{ lead.company }}"},
            "holes",
            Level.WARN,
            "Some merge fields are empty for some people. Give each a fallback.",
        ),
        (
            {"mails_per_hour": 1},
            "duration",
            Level.GOOD,
            "Sending takes about 60 minutes.",
        ),
        (
            {"reply_to": "sales@else.test"},
            "reply_to",
            Level.WARN,
            "Winback does not read sales@else.test: replies sent there are not "
            "counted and restore nobody. Leave the field empty to have them counted.",
        ),
    ],
)
def test_check_tells(check, changes, key, level, text):
    line = check(**changes)[key]

    assert (line.level, line.text) == (level, text)


def test_check_names_the_empty_holes_with_their_number(check):
    assert check(body="{{ lead.company }}")["holes"].details == [
        "“company” is empty for 1 person."
    ]


def test_check_counts_a_hole_only_for_those_who_get_that_language(check):
    LeadFactory(language="uk", company="", email="olena@example.org")
    LeadFactory(language="uk", company="", email="yurii@example.org")
    check(body="Hello")
    mailing = Mailing.objects.get()
    by = mailing.responsible
    services.copy_language(mailing, source="", language="uk", by=by, now=NOW)
    ukrainian = mailing.versions.get().contents.get(language="uk")
    ukrainian.body = "{{ lead.company }}"
    ukrainian.save(update_fields=["body"])

    lines = {line.key: line for line in check_mailing(mailing, now=NOW).lines}

    assert lines["holes"].details == ["“company” is empty for 2 people."]


def test_check_of_rules_that_cannot_be_evaluated_is_red_with_the_place(check):
    check()
    mailing = Mailing.objects.get()
    mailing.rules = {"match": "all", "rules": [{"field": "gone", "op": "="}]}
    mailing.save(update_fields=["rules"])

    [line] = [x for x in check_mailing(mailing, now=NOW).lines if x.key == "audience"]

    assert line.level == Level.BAD
    assert line.details[0].startswith("rules[0]")


@pytest.mark.parametrize(
    ("website", "found"), [("", {Level.BAD}), ("https://shop.test", set())]
)
def test_check_asks_for_the_website_only_where_it_is_needed(check, website, found):
    Installation.objects.update_or_create(pk=1, defaults={"website": website})

    lines = check(
        body_kind="html", body='<a href="{{ company.website }}/offers">See</a>'
    )

    assert {line.level for key, line in lines.items() if key == "website"} == found
    assert lines["links"].level == Level.GOOD
    assert "website" not in check()


def test_check_compares_our_key_with_the_dns(check, settings, tmp_path):
    key = DkimKey("winback.test", "s1", tmp_path / "key")
    key.path.write_bytes(dkim.new_ed25519_key())
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url="smtp://relay.example", dkim=(key,)
    )
    with asked_by_everybody() as names:
        missing = check()["dkim"]
        record = dkim.record_text(dkim.load_key(key).private)
        names.records = {"s1._domainkey.winback.test": [record]}
        found = check()["dkim"]
        unsigned = check(from_address="ana@else.test")["dkim"]

    assert [line.level for line in (missing, found, unsigned)] == [
        Level.WARN,
        Level.GOOD,
        Level.WARN,
    ]
    assert unsigned.text == (
        "DKIM: there is no key for else.test, so its mails are not signed by Winback."
    )


def test_check_leaves_the_signing_to_a_provider(check, settings, tmp_path):
    key = DkimKey("winback.test", "s1", tmp_path / "gone")
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, email_url="anymail+mailgun:", dkim=(key,)
    )
    with asked_by_everybody() as names:
        line = check()["dkim"]

    assert (line.level, line.text) == (
        Level.UNKNOWN,
        "DKIM: not signed by Winback; the mail server has to sign.",
    )
    assert sorted(set(names.asked)) == ["_dmarc.winback.test", "winback.test"]
