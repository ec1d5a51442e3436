from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.crm import rules
from winback.crm.rules import LeadState, StageFacts, Status, WonLeadError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
OPEN = LeadState(status=Status.OPEN, active=True, probability=Decimal(30))
WON = replace(OPEN, status=Status.WON, probability=Decimal(100), won_at=NOW)
LOST = replace(
    OPEN,
    status=Status.LOST,
    active=False,
    probability=Decimal(0),
    lost_reason_id=3,
    lost_at=NOW,
)
QUALIFIED = StageFacts(is_won=False, probability=Decimal(30))
WON_STAGE = StageFacts(is_won=True, probability=Decimal(100))


def test_lost_open_lead_leaves_the_pipeline():
    assert rules.lost(OPEN, reason_id=3, now=NOW) == LOST


def test_lost_without_reason_is_allowed():
    assert rules.lost(OPEN, reason_id=None, now=NOW).lost_reason_id is None


def test_lost_again_keeps_lost_at_and_takes_the_new_reason():
    assert rules.lost(LOST, reason_id=4, now=LATER) == replace(LOST, lost_reason_id=4)


def test_lost_again_without_reason_changes_nothing():
    assert rules.lost(LOST, reason_id=None, now=LATER) == LOST


def test_lost_of_an_archived_open_lead_dates_it_now():
    assert rules.lost(rules.archived(OPEN), reason_id=3, now=NOW) == LOST


def test_lost_won_lead_is_refused():
    with pytest.raises(WonLeadError):
        rules.lost(WON, reason_id=3, now=NOW)


def test_restored_takes_the_stage_probability():
    restored = rules.restored(LOST, QUALIFIED, probability_before=Decimal(12))

    assert restored == OPEN


def test_restored_gives_back_a_probability_set_by_hand():
    state = replace(LOST, probability_by_hand=True)

    restored = rules.restored(state, QUALIFIED, probability_before=Decimal(77))

    assert (restored.probability, restored.probability_by_hand) == (Decimal(77), True)


@pytest.mark.parametrize("state", [OPEN, WON])
def test_restored_leaves_leads_that_are_not_lost(state):
    assert rules.restored(state, QUALIFIED, probability_before=None) == state


@pytest.mark.parametrize("state", [OPEN, LOST, rules.archived(OPEN)])
def test_moved_into_won_stage_wins_and_unarchives(state):
    assert rules.moved(state, WON_STAGE, now=NOW) == WON


def test_moved_from_won_to_won_keeps_won_at():
    assert rules.moved(WON, WON_STAGE, now=LATER) == WON


def test_moved_out_of_won_stage_reopens():
    assert rules.moved(WON, QUALIFIED, now=LATER) == OPEN


def test_moved_ends_a_probability_set_by_hand():
    by_hand = replace(OPEN, probability=Decimal(77), probability_by_hand=True)

    assert rules.moved(by_hand, QUALIFIED, now=NOW) == OPEN


def test_moved_lost_lead_stays_lost():
    assert rules.moved(LOST, QUALIFIED, now=LATER) == LOST


def test_archived_open_lead_is_not_lost():
    assert rules.archived(OPEN) == replace(OPEN, active=False)


def test_unarchived_lost_lead_stays_in_the_archive():
    assert rules.unarchived(LOST) == LOST


def test_unarchived_open_lead_is_active():
    assert rules.unarchived(rules.archived(OPEN)) == OPEN


def _lead(**texts):
    names = (*rules.FOLDED_FIELDS, "notes", "email_normalized", "address_quality")
    return SimpleNamespace(**{name: texts.get(name, "") for name in names})


def test_clean_lead_fills_the_derived_columns():
    lead = _lead(title="Стільці ІЗ ДУБА", email=" Ann <Ann@Example.com> ")

    rules.clean_lead(lead)

    assert lead.title_folded == "стільці із дуба"
    assert lead.email_normalized == "ann@example.com"
    assert lead.email == "Ann <Ann@Example.com>"


def test_clean_lead_with_line_breaks_makes_one_line():
    lead = _lead(contact_name="Ann\r\nBcc: x@y.com\0", notes="a\nb\0")

    rules.clean_lead(lead)

    assert (lead.contact_name, lead.notes) == ("Ann Bcc: x@y.com", "a\nb")


@given(st.text(), st.text())
def test_clean_lead_twice_changes_nothing(title, email):
    lead = _lead(title=title, email=email)
    rules.clean_lead(lead)
    once = dict(vars(lead))

    rules.clean_lead(lead)

    assert vars(lead) == once
