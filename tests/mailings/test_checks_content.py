"""The lines about what a mail says and how it looks, each in its colours."""

from __future__ import annotations

import pytest
from django.utils import translation

from tests.factories import NOW, LeadFactory, UserFactory
from winback.core.models import Installation
from winback.mailings import services
from winback.mailings.check_lines import Group
from winback.mailings.checks import Level, check_mailing
from winback.mailings.models import VersionContent

pytestmark = pytest.mark.django_db
GOOD, WARN, BAD = Level.GOOD, Level.WARN, Level.BAD
LINK = '<a href="{{ unsubscribe_url }}">Stop</a>'


@pytest.fixture
def mailing():
    """Makes a sound draft with changes."""
    LeadFactory(email="ann@example.org", contact_name="Ann Li")
    by = UserFactory()
    our = Installation.current()
    our.postal_address = "1 High St, Kyiv"
    our.save()

    def make(**changes):
        sound = {
            "subject": "Back in stock",
            "preheader": "At last",
            "body_kind": "html",
            "body": f"<p>Hello</p>{LINK} {{{{ company.postal_address }}}}",
            "from_name": "Ana",
            "from_address": "ana@winback.test",
        }
        return services.create_mailing(sound | changes, by=by, now=NOW)

    return make


def line(mailing, key):
    lines = check_mailing(mailing, now=NOW, asks_dns=False).lines
    [found] = [line for line in lines if line.key == key]
    return found


def test_merge_fields_of_other_tools_stop_the_mail_with_ours_beside(mailing):
    found = line(
        mailing(subject="*|FNAME|*, hello", body="<p>\nx [[Order]] %%city%%</p>"),
        "foreign",
    )

    assert (found.level, found.group, found.cure) == (BAD, Group.WORDS, "id_subject")
    assert found.details == [
        "Line 1: *|FNAME|* → {{ lead.first_name }}",
        "Line 2: [[Order]]",
        "Line 2: %%city%% → {{ lead.city }}",
    ]


def test_merge_fields_that_are_meant_so_are_no_fault(mailing):
    meant = mailing(body="<p>{% raw %}*|FNAME|*{% endraw %} {{ lead.city }}</p>")

    keys = [one.key for one in check_mailing(meant, now=NOW, asks_dns=False).lines]

    assert "foreign" not in keys


@pytest.mark.parametrize(
    ("subject", "level", "details"),
    [
        ("Back in stock", GOOD, []),
        ("x" * 61, WARN, ["It has 61 letters; phones cut off what is over 60."]),
        (
            "RE: BACK IN STOCK!!!",
            WARN,
            [
                "Most of it is in capitals: it looks like spam.",
                "It begins like an answer to a mail that nobody wrote.",
                "Rows of ! or $ look like spam.",
            ],
        ),
        ("", BAD, []),
    ],
)
def test_subject(mailing, subject, level, details):
    found = line(mailing(subject=subject), "subject")

    assert (found.level, found.details, found.cure) == (
        level,
        details,
        "id_subject" if level != GOOD else "",
    )


@pytest.mark.parametrize(
    ("preheader", "level", "text"),
    [
        ("At last", GOOD, "The preheader goes on where the subject ends."),
        ("", WARN, "There is no preheader; mail lists show the first words instead."),
        (
            "Back in stock!",
            WARN,
            "The preheader repeats the subject. Let it say something more.",
        ),
    ],
)
def test_preheader(mailing, preheader, level, text):
    found = line(mailing(preheader=preheader), "preheader")

    assert (found.level, found.text) == (level, text)


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (f"<p>Hello</p>{LINK}", GOOD),
        ("<p>Hello</p>", GOOD),  # a footer is added
        ("{% if lead.company %}" + LINK + "{% endif %}", BAD),
        ("{% unless lead.company %}" + LINK + "{% endunless %}", BAD),
    ],
)
def test_unsubscribe_link_is_there_for_everybody(mailing, body, level):
    assert line(mailing(body=body), "unsubscribe").level == level


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("<p>Hello</p>", GOOD),  # the footer that is added has it
        ("<p>1 HIGH ST., Kyiv</p>" + LINK, GOOD),
        ("<p>Hello</p>" + LINK, WARN),
    ],
)
def test_postal_address(mailing, body, level):
    assert line(mailing(body=body), "postal_address").level == level


def test_postal_address_that_nobody_entered_is_for_the_settings(mailing):
    Installation.objects.update(postal_address="")

    found = line(mailing(), "postal_address")

    assert (found.level, found.is_for_settings) == (WARN, True)


@pytest.mark.parametrize(
    ("body", "level", "details"),
    [
        ('<img src="https://shop.test/a.png" alt="Lamp">', GOOD, []),
        ('<img src="https://shop.test/a.png" alt="">', GOOD, []),
        ('<img src="https://shop.test/x/a.png">', WARN, ["a.png"]),
        ('<img src="https://shop.test/p.gif" width="1" height="1">', GOOD, []),
    ],
)
def test_images(mailing, body, level, details):
    found = line(mailing(body=body), "images")

    assert (found.level, found.details) == (level, details)


def test_contrast(mailing):
    white = '<div style="background:#fff;color:{}">While stocks last</div>'
    strong = line(mailing(body=white.format("#222")), "contrast")
    weak = line(mailing(body=white.format("#aaa")), "contrast")

    assert (strong.level, weak.level) == (GOOD, WARN)
    assert weak.details == ["“While stocks last”: #aaaaaa on #ffffff, 2.3 : 1"]


def test_colours_and_addresses_stay_in_one_piece_where_people_read_from_the_right(
    mailing,
):
    made = mailing(body='<p style="color:#aaa;background:#fff">Lamp</p>')

    with translation.override("fa"):
        [detail] = line(made, "contrast").details

    assert "\u2066#aaaaaa\u2069" in detail


def test_support(mailing):
    plain = line(mailing(body="<p>Hello</p>"), "support")
    mild = line(mailing(body='<p style="border-radius:4px">x</p>'), "support")
    flex = line(mailing(body='\n<div style="display:flex">x</div>'), "support")

    assert (plain.level, mild.level, flex.level) == (GOOD, GOOD, WARN)
    assert plain.details == []
    assert mild.details[0].startswith("border-radius (line 1): not in Outlook (Win")
    assert flex.details[0].startswith("display:flex (line 2): not in Outlook (Windows)")


def test_support_of_plain_text_is_nothing_to_speak_of(mailing):
    text = mailing(body_kind="text", body="Hello")

    keys = [x.key for x in check_mailing(text, now=NOW, asks_dns=False).lines]

    assert "support" not in keys


def test_size_counts_the_addresses_that_links_get(mailing):
    few = '<a href="https://a.test/">x</a>' * 1500
    body = few + "y" * 50_000

    found = line(mailing(body=body), "size")

    assert found.level == WARN
    assert line(mailing(body="y" * 50_000), "size").level == GOOD


def test_details_name_the_language_where_there_are_several(mailing):
    made = mailing()
    VersionContent.objects.create(
        version=made.versions.get(),
        language="fa",
        subject="چراغ برگشت",
        preheader="سرانجام",
        body_kind="html",
        body='<img src="https://shop.test/a.png">',
    )

    assert line(made, "images").details == ["Persian: a.png"]


def test_lines_stand_in_groups_and_every_other_has_a_cure(mailing):
    made = mailing(
        subject="", preheader="", from_name="", body='<img src="https://a.test/a.png">'
    )

    report = check_mailing(made, now=NOW, asks_dns=False)

    groups = [group for group, _lines in report.groups]
    assert groups == sorted(groups, key=list(Group).index)
    assert sum(len(lines) for _group, lines in report.groups) == len(report.lines)
    without = [
        line.key
        for line in report.lines
        if line.level in {WARN, BAD} and not line.cure and not line.is_for_settings
    ]
    assert without == []
    assert (report.count(BAD), report.blocks) == (1, True)
