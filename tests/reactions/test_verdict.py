import csv
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.reactions.rules.networks import Networks, Place
from winback.reactions.rules.verdict import (
    NO_NETWORKS,
    HitFacts,
    MailFacts,
    Who,
    judge_alone,
    judge_together,
)
from winback.reactions.rules.visitor import fetch_purpose, ip_prefix

AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)
PERSON = ("person", "reader")
BURST = ("machine", "many_links_at_once")


def hit(kind="click", *, after=0.0, link=1, **changes):
    facts = {
        "kind": kind,
        "at": AT + timedelta(seconds=after),
        "method": "GET",
        "user_agent": BROWSER,
        "ip_prefix": "192.0.2.0/24",
        "link_id": link if kind == "click" else None,
    }
    return HitFacts(**(facts | changes))


def verdicts(*hits, link_count=5, delivered_at=None, networks=NO_NETWORKS):
    mail = MailFacts(
        link_count=link_count, delivered_at=delivered_at, networks=networks
    )
    return [(one.who.value, one.reason) for one in judge_together(hits, mail)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, PERSON),
        ({"method": "HEAD"}, ("machine", "head_request")),
        ({"purpose": "prefetch"}, ("machine", "prefetch")),
        ({"user_agent": "Mozilla/5.0"}, ("machine", "image_proxy")),
        ({"user_agent": ""}, ("unknown", "no_agent")),
        ({"user_agent": "my own thing"}, ("unknown", "unfamiliar_agent")),
        ({"user_agent": "curl/8.1"}, ("machine", "known_agent")),
    ],
)
def test_one_hit_is_judged_by_what_it_says(changes, expected):
    judged = judge_alone(hit("open", **changes))

    assert (judged.who.value, judged.reason) == expected


def test_three_links_within_seconds_are_a_machine_from_the_first():
    assert verdicts(*(hit(after=n, link=n) for n in range(3))) == [BURST] * 3


def test_two_links_within_seconds_are_a_person():
    assert verdicts(hit(link=1), hit(after=1, link=2)) == [PERSON] * 2


def test_every_link_of_a_short_mail_at_once_is_a_machine():
    hits = [hit(link=1), hit(after=1, link=2)]

    assert verdicts(*hits, link_count=2) == [BURST] * 2


def test_links_of_another_visitor_do_not_make_a_person_a_machine():
    gateway = [hit(after=n, link=n, ip_prefix="198.51.100.0/24") for n in range(3)]

    assert verdicts(hit(), *gateway)[0] == PERSON


def test_the_open_of_a_gateway_that_follows_all_links_is_a_machines():
    hits = [hit("open"), *(hit(after=n, link=n) for n in range(3))]

    assert verdicts(*hits)[0] == BURST


def test_the_open_just_before_a_burst_is_the_same_machines():
    hits = [hit("open"), *(hit(after=n, link=n) for n in (1, 2, 3))]

    assert verdicts(*hits) == [BURST] * 4
    assert verdicts(hit("open", after=-60), *hits)[0] == PERSON


def test_a_get_soon_after_a_head_for_the_same_link_is_a_machine():
    hits = [
        hit(method="HEAD", user_agent="x"),
        hit(after=2),
        hit(after=60),
        hit(after=3, link=2),
    ]

    assert verdicts(*hits)[1:] == [("machine", "head_first"), PERSON, PERSON]


AZURE, PROOFPOINT, HOME = "20.50.1.0/24", "67.231.152.0/24", "192.0.2.0/24"
NO_OPEN = ("machine", "data_centre_without_open")
GMAIL = (
    "Mozilla/5.0 (Windows NT 5.1) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)


def test_a_click_from_a_data_centre_without_an_open_is_a_machines():
    assert verdicts(hit(ip_prefix=AZURE)) == [NO_OPEN]


@pytest.mark.parametrize(
    "opened",
    [
        hit("open", after=-30),
        hit("open", after=20),  # pictures shown after the click
        hit("open", after=-30, user_agent=GMAIL, ip_prefix="66.249.84.0/24"),
    ],
)
def test_a_click_from_a_data_centre_by_somebody_who_looked_is_a_persons(opened):
    """Companies' remote desktops and VPNs stand in data centres too."""
    assert verdicts(opened, hit(ip_prefix=AZURE))[1] == PERSON


@pytest.mark.parametrize(
    "opened",
    [
        hit("open", ip_prefix=AZURE),  # the same gateway
        hit("open", user_agent="Mozilla/5.0"),  # Apple fetches it, read or not
        hit("open", after=600),
    ],
)
def test_an_open_that_shows_nobody_does_not_make_a_data_centres_click_human(opened):
    assert verdicts(opened, hit(ip_prefix=AZURE))[1] == NO_OPEN


def test_an_open_from_a_data_centre_alone_is_a_persons():
    assert verdicts(hit("open", ip_prefix=AZURE)) == [PERSON]


def test_whatever_comes_from_a_mail_gateways_network_is_a_machines():
    gateway = ("machine", "gateway_network")

    assert verdicts(hit("open", ip_prefix=PROOFPOINT), hit(ip_prefix=PROOFPOINT)) == [
        gateway,
        gateway,
    ]


def test_the_administrators_word_on_networks_goes_before_ours():
    ours = Networks(machines=["192.0.2.0/24"], people=["20.50.0.0/16", PROOFPOINT])

    found = verdicts(
        hit(ip_prefix=AZURE),
        hit(ip_prefix=PROOFPOINT),
        hit(ip_prefix=HOME),
        networks=ours,
    )

    assert found == [PERSON, PERSON, ("machine", "gateway_network")]


@pytest.mark.parametrize(
    ("prefix", "place"),
    [
        ("40.107.3.0/24", Place.GATEWAY),
        ("205.139.111.0/24", Place.GATEWAY),
        ("3.120.5.0/24", Place.DATA_CENTRE),
        ("2a01:4f8:c0c::/48", Place.DATA_CENTRE),
        ("172.224.226.0/24", Place.ELSEWHERE),  # Apple's relay: people
        ("80.91.160.0/24", Place.ELSEWHERE),
        ("127.0.0.0/24", Place.ELSEWHERE),
        ("", Place.ELSEWHERE),
    ],
)
def test_networks_are_known(prefix, place):
    assert NO_NETWORKS.place_of(prefix) is place


def test_all_links_as_soon_as_the_mail_is_there_are_a_machine():
    hits = [
        hit("open", after=4),
        hit(after=4, link=1, user_agent="Mozilla/5.0 (X11) a"),
        hit(after=15, link=2, user_agent="Mozilla/5.0 (X11) b"),
        hit(after=120, link=1),
        hit(after=5, link=1, ip_prefix="198.51.100.0/24"),
    ]

    found = verdicts(*hits, link_count=2, delivered_at=AT)

    assert found == [("machine", "all_links_on_delivery")] * 3 + [PERSON] * 2


def test_links_one_after_the_other_later_on_are_a_persons():
    hits = [hit(after=100, link=1), hit(after=111, link=2)]

    assert verdicts(*hits, link_count=2, delivered_at=AT) == [PERSON] * 2


@given(
    st.lists(
        st.builds(
            hit,
            st.sampled_from(["open", "click"]),
            after=st.floats(0, 60),
            link=st.integers(1, 4),
            method=st.sampled_from(["GET", "HEAD"]),
            user_agent=st.sampled_from([BROWSER, "", "curl/8"]) | st.text(max_size=20),
        ),
        max_size=12,
    ),
    st.integers(0, 5),
)
def test_every_hit_gets_one_verdict_and_heads_are_never_people(hits, link_count):
    judged = judge_together(hits, MailFacts(link_count=link_count))

    assert len(judged) == len(hits)
    assert all(
        one.who is Who.MACHINE
        for one, facts in zip(judged, hits, strict=True)
        if facts.method == "HEAD"
    )


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("unknown", ""),
    ],
)
def test_ip_prefix_keeps_the_network_only(address, prefix):
    assert ip_prefix(address) == prefix


def test_fetch_purpose_finds_what_browsers_fetch_ahead():
    assert (
        fetch_purpose({"HTTP_SEC_PURPOSE": "prefetch;prerender"})
        == "prefetch;prerender"
    )
    assert fetch_purpose({"HTTP_PURPOSE": "buy"}) == ""


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)",
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
        "Outlook-iOS/709.2189947.prod.iphone (3.24.1)",
        "MacOutlook/16.78 (Intelx64 Mac OS X 14.1)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko)",
        "Mail/3774.600.62 CFNetwork/1492.0.1 Darwin/23.3.0",
        "Mozilla/5.0 (Linux; Android 14; SM-S921B; wv) AppleWebKit/537.36 (KHTML, "
        "like Gecko) Version/4.0 Chrome/125.0 Mobile Safari/537.36 SamsungEmail/6.1",
        "K-9 Mail/6.8",
        "The Bat! 10",
        "Spark/3.15 (Mac OS X)",
        "Postbox/7.0",
        "Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Evolution/3.52",
    ],
)
def test_peoples_mail_programs_are_never_machines(agent):
    assert judge_alone(hit("open", user_agent=agent)).who is Who.PERSON


@pytest.mark.conformance
def test_agents_of_the_real_list_are_judged_as_listed(shared_data):
    expected = {"machine-open": "machine", "scanner": "machine", "person": "person"}
    with (shared_data / "agents" / "mail_user_agents.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in expected]

    wrong = [
        row["vendor"]
        for row in rows
        if judge_alone(hit("open", user_agent=row["user_agent"])).who.value
        != expected[row["kind"]]
    ]

    assert (len(rows), wrong) == (29, [])
