"""The demo's data: complete, believable, and unable to reach anybody."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from winback.accounts.models import User
from winback.consent.models import BlacklistEntry, OptOut, Topic
from winback.core.models import Installation
from winback.crm.models import Lead, LeadLoss, LostReason, Product
from winback.segments.recipes import SEED_KEY, recipe_tree
from winback.segments.waterfall import Reach, waterfall
from winback.web.sample import SampleMissingError, load_sample
from winback.web.sample.reading import DEFAULT_FOLDER

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RECIPE = recipe_tree(SEED_KEY)
RESERVED = re.compile(r"@([^@]*\.)?(example\.(com|org|net)|[^@]+\.(example|test))>?$")


def _figures(tree, *, now=NOW):
    reach = Reach(
        tree=tree,
        user=None,
        topic_id=Topic.objects.get(is_default=True).pk,
        frequency_cap_days=7,
        now=now,
    )
    return waterfall(reach)


@pytest.mark.django_db
def test_load_sample_gives_every_kind_of_lead():
    loaded = load_sample(now=NOW)

    assert (loaded.leads, Lead.objects.count()) == (2000, 2000)
    counts = {
        status: Lead.objects.filter(status=status).count()
        for status in ("open", "won", "lost")
    }
    assert counts == {"open": 336, "won": 258, "lost": 1406}
    assert Lead.objects.filter(status="open", active=False).count() > 20
    assert LeadLoss.objects.count() == 1406
    reasons = {reason.name for reason in LostReason.objects.filter(leads__gt=0)}
    assert reasons == {
        "Too expensive",
        "Not enough stock",
        "We don't have people/skills",
    }
    assert set(Lead.objects.values_list("language", flat=True)) == {
        "en",
        "uk",
        "fa",
        "de",
        "fr",
        "pl",
        "es",
        "ja",
    }
    assert set(Lead.objects.values_list("stage__name", flat=True)) == {
        "New",
        "Qualified",
        "Proposition",
        "Won",
    }
    assert Lead.objects.filter(blacklisted=True).count() > 100
    assert Product.objects.get(name="Harbour Lamp").stock == 340


@pytest.mark.django_db
def test_load_sample_makes_the_recipe_find_a_believable_audience():
    load_sample(now=NOW)

    figures = _figures(RECIPE)

    assert 150 <= figures.will_be_mailed <= figures.matched <= 400
    found = {reason for reason, count in figures.left_out.items() if count}
    # The recipe itself asks for leads that are not blacklisted; nobody of the sample
    # has been on the page where pauses and fewer mails are chosen.
    absent = {"blacklisted", "paused", "fewer_mails"}
    assert found == set(figures.left_out) - absent
    without_the_rule = {"match": "all", "rules": RECIPE["rules"][1:]}
    assert _figures(without_the_rule).left_out["blacklisted"] > 10


@pytest.mark.django_db
def test_load_sample_moves_the_story_to_the_day_of_loading():
    later = NOW + timedelta(days=400)

    load_sample(now=later)

    newest = Lead.objects.latest("created_at").created_at
    assert later - timedelta(days=5) < newest < later
    assert not Lead.objects.filter(lost_at__gt=later).exists()
    assert not Lead.objects.filter(last_mailed_at__gt=later).exists()
    assert _figures(RECIPE, now=later).left_out["recently_mailed"] > 3


@pytest.mark.django_db
def test_load_sample_twice_changes_nothing():
    first = load_sample(now=NOW)
    Lead.objects.filter(external_id="sample-0001").update(title="Edited by hand")

    second = load_sample(now=NOW)

    assert (second.leads, second.people, second.blacklisted) == (0, 0, 0)
    assert second.password == first.password
    assert Lead.objects.count() == 2000
    assert Lead.objects.get(external_id="sample-0001").title == "Edited by hand"


@pytest.mark.django_db
def test_load_sample_people_can_log_in_and_settings_are_kept(client):
    Installation.objects.create(pk=1, company_name="Ours")

    loaded = load_sample(now=NOW)

    assert client.login(
        request=client.get("/").wsgi_request,
        email=loaded.login,
        password=loaded.password,
    )
    assert User.objects.get(email=loaded.login).role == "administrator"
    assert set(User.objects.values_list("role", flat=True)) == {
        "administrator",
        "marketing_manager",
        "marketing_user",
        "sales_manager",
        "sales_user",
    }
    installation = Installation.current()
    assert installation.company_name == "Ours"
    assert installation.sender_address == "marta@loomlumen.example"


@pytest.mark.django_db
def test_sample_addresses_lie_under_reserved_domains_only():
    load_sample(now=NOW)

    addresses = {
        *Lead.objects.exclude(email_normalized="").values_list(
            "email_normalized", flat=True
        ),
        *BlacklistEntry.objects.values_list("address", flat=True),
        *OptOut.objects.values_list("address", flat=True),
        *User.objects.values_list("email", flat=True),
        Installation.current().sender_address,
    }

    assert len(addresses) > 1500
    assert [address for address in addresses if not RESERVED.search(address)] == []


def test_load_sample_without_its_folder_says_so(tmp_path):
    with pytest.raises(SampleMissingError):
        load_sample(now=NOW, folder=tmp_path)


def test_generate_writes_the_same_files_again(tmp_path):
    for name in ("generate.py", "words.py"):
        (tmp_path / name).write_bytes((DEFAULT_FOLDER / name).read_bytes())

    subprocess.run([sys.executable, tmp_path / "generate.py"], check=True)

    for name in ("leads.csv", "refusals.csv", "products.csv", "people.csv"):
        assert (tmp_path / name).read_bytes() == (DEFAULT_FOLDER / name).read_bytes()
    with (tmp_path / "leads.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 2000
