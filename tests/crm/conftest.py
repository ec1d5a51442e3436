"""Visitors of the pages of leads, and what the services announce."""

import pytest

from tests.factories import UserFactory
from winback.crm.signals import leads_lost, leads_restored, leads_won, leads_written


@pytest.fixture
def admin(client):
    person = UserFactory()
    client.force_login(person)
    return person


@pytest.fixture
def seller(client):
    person = UserFactory(role="sales_user")
    client.force_login(person)
    return person


@pytest.fixture
def marketer(client):
    person = UserFactory(role="marketing_user")
    client.force_login(person)
    return person


@pytest.fixture
def news():
    """What was announced, as (signal's name, what it carried)."""
    heard = []
    signals = {
        "lost": leads_lost,
        "restored": leads_restored,
        "won": leads_won,
        "written": leads_written,
    }
    receivers = []
    for name, signal in signals.items():

        def listen(sender, *, name=name, signal, **carried):
            heard.append((name, carried))

        signal.connect(listen)
        receivers.append((signal, listen))
    yield heard
    for signal, listen in receivers:
        signal.disconnect(listen)
