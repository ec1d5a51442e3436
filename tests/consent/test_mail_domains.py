"""Which domains take no mail: asked by a worker, remembered, never a block."""

from datetime import UTC, datetime, timedelta

import dns.resolver
import pytest
from tests.factories import LeadFactory

from winback.consent import mail_domains, tasks
from winback.consent.models import ConsentSettings, MailDomain
from winback.consent.services import domains as rounds
from winback.crm.models import Lead
from winback.crm.services import update_lead
from winback.crm.signals import leads_written

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


class Dns:
    """Answers from a dictionary and remembers what was asked."""

    def __init__(self, **answers):
        self.answers = {
            name.replace("_", "."): answer for name, answer in answers.items()
        }
        self.asked = []

    def __call__(self, domain):
        self.asked.append(domain)
        return self.answers.get(domain)


def qualities():
    return dict(Lead.objects.values_list("email", "address_quality"))


def test_a_round_marks_leads_whose_domain_takes_no_mail_and_no_others():
    for email in ("a@dead.example", "a@good.example", "a@silent.example", "junk", ""):
        LeadFactory(email=email)
    ask = Dns(dead_example=False, good_example=True)

    assert rounds.learn_domains(now=NOW, ask=ask) == 3
    assert rounds.learn_domains(now=NOW, ask=ask) == 0

    assert qualities() == {
        "a@dead.example": "unreachable",
        "a@good.example": "good",
        "a@silent.example": "good",
        "junk": "invalid",
        "": "",
    }
    assert sorted(ask.asked) == ["dead.example", "good.example", "silent.example"]


def test_answers_are_remembered_and_asked_again_when_they_are_old():
    LeadFactory(email="a@dead.example")
    LeadFactory(email="a@good.example")
    ask = Dns(dead_example=False, good_example=True)
    rounds.learn_domains(now=NOW, ask=ask)
    days = [1, 2, 3.1, 29, 31]

    asked = []
    for day in days:
        ask.asked.clear()
        rounds.learn_domains(now=NOW + timedelta(days=day), ask=ask)
        asked.append(sorted(ask.asked))

    dead, good = "dead.example", "good.example"
    assert asked == [[], [], [dead], [dead], [good]]


def test_a_domain_that_takes_mail_again_is_good_again():
    LeadFactory(email="a@dead.example")
    rounds.learn_domains(now=NOW, ask=Dns(dead_example=False))

    later = NOW + timedelta(days=4)
    rounds.learn_domains(now=later, ask=Dns(dead_example=True))

    assert qualities() == {"a@dead.example": "good"}


def test_a_round_goes_on_where_it_stood_and_takes_few_domains_a_step(monkeypatch):
    monkeypatch.setattr(rounds, "DOMAINS_A_STEP", 2)
    leads = [LeadFactory(email=f"a@d{n}.example") for n in range(5)]
    ask = Dns(**{f"d{n}_example": False for n in range(5)})

    steps = [rounds.learn_domains(now=NOW, ask=ask) for _ in range(4)]

    assert steps == [2, 2, 1, 0]
    assert ConsentSettings.current().asked_lead_id == leads[-1].pk
    assert {*qualities().values()} == {"unreachable"}


def test_a_silent_dns_says_nothing_and_loses_no_time():
    for number in range(40):
        LeadFactory(email=f"a@d{number}.example")
    ask = Dns()

    rounds.learn_domains(now=NOW, ask=ask)

    assert len(ask.asked) == mail_domains.AT_ONCE
    assert MailDomain.objects.count() == 0
    assert {*qualities().values()} == {"good"}


def test_what_the_dns_said_survives_an_edit_and_goes_with_the_address():
    lead = LeadFactory(email="a@dead.example")
    rounds.learn_domains(now=NOW, ask=Dns(dead_example=False))
    lead.refresh_from_db()

    update_lead(lead, {"city": "Kyiv"}, by=None, now=NOW)
    assert qualities() == {"a@dead.example": "unreachable"}
    update_lead(lead, {"email": "a@gmial.com"}, by=None, now=NOW)
    assert qualities() == {"a@gmial.com": "typo"}


def test_a_new_lead_at_a_dead_domain_is_known_at_once():
    rounds.learn_domains(now=NOW, ask=Dns())
    MailDomain.objects.create(domain="dead.example", takes_mail=False, asked_at=NOW)
    lead = LeadFactory(email="a@dead.example")

    leads_written.send(sender=Lead, lead_ids=[lead.pk])

    assert qualities() == {"a@dead.example": "unreachable"}


def test_the_task_never_asks_in_demo_mode_or_without_a_resolver(monkeypatch, settings):
    asked = []
    monkeypatch.setattr(tasks, "learn_domains", lambda **_: asked.append(1) and 0)

    def no_resolver():
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "get_default_resolver", no_resolver)
    tasks.ask_about_domains()
    assert asked == []
    monkeypatch.setattr(dns.resolver, "get_default_resolver", object)
    tasks.ask_about_domains()
    assert asked == [1]
