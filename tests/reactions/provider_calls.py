"""What providers send to a webhook, written by us in the shapes they document.

Each function gives one event's JSON for one mail: ``kind`` is Anymail's name of
it. What a provider has no event for is missing in ``KINDS``. Amazon's views need
boto3, which is no part of the product: see docs/admin.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

AT = datetime(2026, 5, 4, 11, 0, tzinfo=UTC)
SECRET = "hook:pass-word"
SIGNING_KEY = "key-for-signing"
DEAD = "550 5.1.1 <ann@example.org>: user unknown"
FULL = "452 4.2.2 mailbox full"
URL = "https://shop.example/"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0"


def _mailgun(kind, mail, n):
    names = {
        "bounced": "failed",
        "deferred": "failed",
        "complained": "complained",
        "unsubscribed": "unsubscribed",
    }
    data = {
        "event": names.get(kind, kind),
        "id": f"id-{n}-{kind}",
        "timestamp": AT.timestamp(),
        "recipient": mail["address"],
        "message": {"headers": {"message-id": mail["message_id"].strip("<>")}},
        "user-variables": {"recipient": mail["number"]},
        "client-info": {"user-agent": AGENT},
        "url": URL if kind == "clicked" else None,
        "tags": [],
    }
    if kind in {"bounced", "deferred"}:
        data["severity"] = "permanent" if kind == "bounced" else "temporary"
        data["reason"] = "bounce" if kind == "bounced" else "generic"
        words = DEAD if kind == "bounced" else FULL
        data["delivery-status"] = {"message": words, "description": "", "code": 550}
    return {"signature": mailgun_signature(f"token-{n}-{kind}"), "event-data": data}


def mailgun_signature(token, *, key=SIGNING_KEY):
    stamp = str(int(AT.timestamp()))
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256)
    return {"token": token, "timestamp": stamp, "signature": digest.hexdigest()}


def _postmark(kind, mail, n):
    records = {
        "delivered": ("Delivery", {"DeliveredAt": AT.isoformat(), "Details": "250 OK"}),
        "bounced": (
            "Bounce",
            {"Type": "HardBounce", "TypeCode": 1, "Details": DEAD, "ID": 700 + n},
        ),
        "deferred": (
            "Bounce",
            {"Type": "Transient", "TypeCode": 2, "Details": FULL, "ID": 800 + n},
        ),
        "complained": ("SpamComplaint", {"Type": "SpamComplaint", "ID": 900 + n}),
        "unsubscribed": (
            "SubscriptionChange",
            {"SuppressSending": True, "SuppressionReason": "ManualSuppression"},
        ),
        "opened": ("Open", {"FirstOpen": True, "UserAgent": AGENT}),
        "clicked": ("Click", {"OriginalLink": URL, "UserAgent": AGENT}),
    }
    record, more = records[kind]
    whose = "Email" if record in {"Bounce", "SpamComplaint"} else "Recipient"
    when = {"Bounce": "BouncedAt", "SubscriptionChange": "ChangedAt"}
    return {
        "RecordType": record,
        "MessageID": mail["provider_id"],
        whose: mail["address"],
        when.get(record, "ReceivedAt"): AT.isoformat(),
        "Metadata": {"recipient": mail["number"]},
        "Tag": "",
        **more,
    }


def _sendgrid(kind, mail, n):
    names = {
        "bounced": "bounce",
        "complained": "spamreport",
        "unsubscribed": "unsubscribe",
        "opened": "open",
        "clicked": "click",
    }
    event = {
        "email": mail["address"],
        "timestamp": int(AT.timestamp()),
        "event": names.get(kind, kind),
        "sg_event_id": f"sg-{n}-{kind}",
        "sg_message_id": "filter.1",
        "smtp-id": mail["message_id"],
        "recipient": mail["number"],
        "useragent": AGENT,
    }
    more = {
        "bounced": {"reason": DEAD, "status": "5.1.1", "type": "bounce"},
        "deferred": {"response": FULL, "attempt": "1"},
        "delivered": {"response": "250 OK"},
        "clicked": {"url": URL},
    }
    return [event | more.get(kind, {})]


def _brevo(kind, mail, n):
    names = {
        "bounced": "hard_bounce",
        "complained": "spam",
        "unsubscribed": "unsubscribe",
        "opened": "unique_opened",
        "clicked": "click",
    }
    event = {
        "event": names.get(kind, kind),
        "email": mail["address"],
        "id": 26224 + n,
        "message-id": mail["message_id"],
        "ts_epoch": int(AT.timestamp() * 1000),
        "X-Mailin-custom": json.dumps({"recipient": mail["number"]}),
        "tags": [],
    }
    more = {
        "bounced": {"reason": DEAD},
        "deferred": {"reason": FULL},
        "clicked": {"link": URL},
    }
    return event | more.get(kind, {})


def _mailjet(kind, mail, n):
    names = {
        "bounced": "bounce",
        "deferred": "bounce",
        "complained": "spam",
        "delivered": "sent",
        "unsubscribed": "unsub",
        "opened": "open",
        "clicked": "click",
    }
    event = {
        "event": names[kind],
        "time": int(AT.timestamp()),
        "MessageID": mail["mailjet_id"],
        "email": mail["address"],
        "Payload": json.dumps({"recipient": mail["number"]}),
        "customcampaign": "",
    }
    more = {
        "bounced": {"hard_bounce": True, "error": "user unknown"},
        "deferred": {"hard_bounce": False, "error": "greylisted"},
        "clicked": {"url": URL, "agent": AGENT},
        "opened": {"agent": AGENT},
    }
    return [event | more.get(kind, {})]


def _sparkpost(kind, mail, n):
    classes = {
        "bounced": ("message_event", {"type": "bounce", "bounce_class": "10"}),
        "deferred": ("message_event", {"type": "delay", "bounce_class": "22"}),
        "delivered": ("message_event", {"type": "delivery"}),
        "complained": ("message_event", {"type": "spam_complaint"}),
        "unsubscribed": ("unsubscribe_event", {"type": "link_unsubscribe"}),
        "opened": ("track_event", {"type": "open", "user_agent": AGENT}),
        "clicked": (
            "track_event",
            {"type": "click", "user_agent": AGENT, "target_link_url": URL},
        ),
    }
    name, more = classes[kind]
    words = {"bounced": DEAD, "deferred": FULL}.get(kind)
    event = {
        "event_id": f"sp-{n}-{kind}",
        "timestamp": str(int(AT.timestamp())),
        "transmission_id": mail["provider_id"],
        "raw_rcpt_to": mail["address"],
        "rcpt_meta": {"recipient": mail["number"]},
        "raw_reason": words,
    }
    return [{"msys": {name: event | more}}]


def _resend(kind, mail, n):
    names = {"deferred": "email.delivery_delayed"}
    data = {
        "email_id": mail["provider_id"],
        "to": [mail["address"]],
        "headers": [
            {"name": "X-Metadata", "value": json.dumps({"recipient": mail["number"]})}
        ],
        "created_at": AT.isoformat(),
    }
    more = {
        "bounced": {
            "bounce": {
                "message": "The recipient's email provider sent a hard bounce message.",
                "type": "Permanent",
            }
        },
        "clicked": {"click": {"link": URL, "userAgent": AGENT}},
    }
    return {
        "type": names.get(kind, f"email.{kind}"),
        "created_at": AT.isoformat(),
        "data": data | more.get(kind, {}),
    }


MAKERS = {
    "mailgun": _mailgun,
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "brevo": _brevo,
    "mailjet": _mailjet,
    "sparkpost": _sparkpost,
    "resend": _resend,
}
ALL = {
    *("delivered", "bounced", "deferred", "complained"),
    *("unsubscribed", "opened", "clicked"),
}
KINDS = {
    "mailgun": ALL,
    "postmark": ALL,
    "sendgrid": ALL,
    "brevo": ALL,
    "mailjet": ALL,
    "sparkpost": ALL,
    "resend": ALL - {"unsubscribed"},
}
EVERY = [(name, kind) for name in MAKERS for kind in sorted(KINDS[name])]


def body_of(provider, kind, mail, *, number=1):
    """The JSON a provider posts."""
    return MAKERS[provider](kind, mail, number)


def post(client, provider, body, *, way="tracking", secret=SECRET):
    """Call the webhook as the provider does."""
    headers = {}
    if secret:
        given = base64.b64encode(secret.encode()).decode()
        headers["HTTP_AUTHORIZATION"] = f"Basic {given}"
    return client.post(
        f"/hooks/{provider}/{way}/",
        json.dumps(body),
        content_type="application/json",
        **headers,
    )
