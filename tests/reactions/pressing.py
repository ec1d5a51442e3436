"""The unsubscribe page in a browser, and a person who presses its buttons."""

import re

from winback.consent.models import (
    BlacklistEntry,
    OptOut,
    Preference,
)
from winback.core.tokens import sign
from winback.mailings.models import Recipient
from winback.reactions import seals

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def url(recipient):
    return f"/u/{sign('unsubscribe', recipient.pk)}/"


def seal_on(page):
    return re.search(r'name="seal" value="([^"]+)"', page.content.decode())[1]


def hand_on(page):
    """What the page's script fills in once somebody touches the page."""
    return re.search(r'data-hand="([^"]+)"', page.content.decode())[1]


def press(browser, recipient, wish, **fields):
    """Load the page and press one of its buttons, as a browser does."""
    page = browser.get(url(recipient))
    assert f'value="{wish}"' in page.content.decode()
    fields |= {"seal": seal_on(page), "hand": hand_on(page), "wish": wish}
    return browser.post(url(recipient), fields)


def refusals():
    return (
        OptOut.objects.count(),
        BlacklistEntry.objects.count(),
        Recipient.objects.filter(unsubscribed_at__isnull=False).count(),
    )


def forced(recipient, wish):
    """A button that the page does not show, pressed all the same."""
    fields = {"seal": seals.seal(recipient.pk, "visit"), "hand": seals.hand("visit")}
    return fields | {"wish": wish}


def standing():
    """Topics opted out of, days between mails."""
    topics = list(OptOut.objects.order_by("topic__name").values_list("topic__name"))
    gaps = list(Preference.objects.values_list("mail_gap_days", flat=True))
    return [name for (name,) in topics], gaps
