"""What the services of leads announce."""

import pytest

from winback.crm.signals import leads_lost, leads_restored, leads_won, leads_written


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
