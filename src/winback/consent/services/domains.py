"""A round over all leads that learns which of their domains take no mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from winback.consent.mail_domains import Ask, ask_all, takes_mail
from winback.consent.models import ConsentSettings, MailDomain
from winback.consent.services.facts import refresh_facts_of_leads
from winback.crm.models import Lead

LEADS_A_STEP = 5_000
DOMAINS_A_STEP = 100
ASK_AGAIN_AFTER = timedelta(days=30)
# What took no mail is asked again sooner: it may have been a mistake of a day.
DOUBT_AFTER = timedelta(days=3)
ROUND_EVERY = timedelta(days=1)


def learn_domains(*, now: datetime, ask: Ask = takes_mail) -> int:
    """One step of the round: ask about the next leads' domains; how many leads.

    Where it stands is kept, so that a stopped worker loses one step at most. The
    round begins anew a day after it began; leads that come in meanwhile are
    looked at when it reaches them. 0 at the end of a round.
    """
    state = ConsentSettings.current()
    if state.round_began_at is None or now - state.round_began_at >= ROUND_EVERY:
        state.asked_lead_id, state.round_began_at = 0, now
    leads = (
        Lead.objects.filter(pk__gt=state.asked_lead_id)
        .exclude(email_normalized="")
        .order_by("pk")
        .values_list("pk", "email_normalized")[:LEADS_A_STEP]
    )
    domain_of = {pk: address.rpartition("@")[2] for pk, address in leads}
    unknown = _to_be_asked([*dict.fromkeys(domain_of.values())], now=now)
    # Few new domains a step: the rest waits for the next step.
    if len(unknown) > DOMAINS_A_STEP:
        later = set(unknown[DOMAINS_A_STEP:])
        last = next(pk for pk, domain in domain_of.items() if domain in later)
        domain_of = {pk: one for pk, one in domain_of.items() if pk < last}
    answers = dict(ask_all(unknown[:DOMAINS_A_STEP], ask=ask))
    _remember(answers, now=now)
    # All of them: what was learnt by an earlier step may be about these, too.
    refresh_facts_of_leads([*domain_of])
    ConsentSettings.keep(
        asked_lead_id=max(domain_of, default=state.asked_lead_id),
        round_began_at=state.round_began_at,
    )
    return len(domain_of)


def _to_be_asked(domains: list[str], *, now: datetime) -> list[str]:
    """Those that are unknown, or were asked about long ago; in their order."""
    known = MailDomain.objects.filter(domain__any_of=domains)
    fresh = {
        domain
        for domain, good, asked_at in known.values_list(
            "domain", "takes_mail", "asked_at"
        )
        if now - asked_at < (ASK_AGAIN_AFTER if good else DOUBT_AFTER)
    }
    return [domain for domain in domains if domain not in fresh]


@transaction.atomic
def _remember(answers: dict[str, bool], *, now: datetime) -> None:
    rows: Collection[MailDomain] = [
        MailDomain(domain=domain, takes_mail=answer, asked_at=now)
        for domain, answer in sorted(answers.items())
    ]
    MailDomain.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["domain"],
        update_fields=["takes_mail", "asked_at"],
        batch_size=500,
    )
