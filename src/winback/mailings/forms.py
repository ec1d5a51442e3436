"""The mailing's form. Saving checks the values; this reads them and draws them."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.accounts.models import User
from winback.accounts.rules import RIGHTS, Right, Role
from winback.consent.models import Topic
from winback.content.models import BodyKind
from winback.core.forms import DayTimeField
from winback.mailings.models import Campaign, Mailing, Timing, VersionContent

MARKETING_ROLES = [role for role in Role if Right.USE_MAILINGS in RIGHTS[role]]


class MailingForm(forms.Form):
    """Nothing is required: a draft is saved however little of it there is."""

    subject = forms.CharField(label=_("Subject"), required=False)
    preheader = forms.CharField(
        label=_("Preheader"),
        required=False,
        help_text=_("The line that mail lists show after the subject."),
    )
    from_name = forms.CharField(label=_("From name"), required=False)
    from_address = forms.CharField(
        label=_("From address"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "dir": "ltr"}),
    )
    reply_to = forms.CharField(
        label=_("Reply to"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "dir": "ltr"}),
        help_text=_("Leave it empty and replies are read and counted by Winback."),
    )
    campaign = forms.CharField(
        label=_("Campaign"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "campaigns"}),
        help_text=_("Links get UTM parameters of this name."),
    )
    responsible = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Responsible"),
        required=False,
        empty_label=None,
        help_text=_("Only leads that this person may see are written to."),
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Topic"), required=False, empty_label=None
    )
    # Written by the rule builder; see segments/_builder.html.
    rules = forms.CharField(required=False, strip=False)
    body_kind = forms.ChoiceField(
        choices=BodyKind.choices, required=False, widget=forms.HiddenInput
    )
    body = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"}),
    )
    frequency_cap_days = forms.CharField(
        label=_("Leave out people mailed in the last days"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 0, "max": 3650}),
        help_text=_("0 leaves nobody out."),
    )
    mails_per_hour = forms.CharField(
        label=_("At most this many mails per hour"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1}),
    )
    window_start = forms.TimeField(
        label=_("Send from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    window_end = forms.TimeField(
        label=_("Send until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    canary = forms.BooleanField(
        label=_("Test the water first"),
        required=False,
        help_text=_(
            "The most promising addresses get the mail first; the rest only if few "
            "enough of them bounce."
        ),
    )
    canary_size = forms.CharField(
        label=_("So many people first"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 10, "max": 5000}),
    )
    canary_wait_minutes = forms.CharField(
        label=_("Minutes to wait for bounces"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 0, "max": 1440}),
    )
    restore_on_reply = forms.BooleanField(
        label=_("Restore the lost lead when the person replies"), required=False
    )
    task_on_reply = forms.BooleanField(
        label=_("Give the owner a task when the person replies"), required=False
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        people = User.objects.filter(is_active=True, role__in=MARKETING_ROLES)
        responsible, topic = self.fields["responsible"], self.fields["topic"]
        responsible.queryset = people.order_by("first_name", "email")  # type: ignore[attr-defined]
        # An archived topic is offered no more, and stays with a mailing that has it.
        offered = Topic.objects.order_by("-is_default", "name")
        if not self.is_bound:
            own = getattr(self.initial.get("topic"), "pk", None)
            offered = offered.filter(Q(archived_at=None) | Q(pk=own))
        topic.queryset = offered  # type: ignore[attr-defined]

    def clean_rules(self) -> object:
        text = self.cleaned_data["rules"]
        try:
            return json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not valid JSON.")) from error

    def changes(self, *, now: datetime) -> dict[str, object]:
        """What was sent with the request, by the names that the service takes.

        Fields that the request does not name stay as they are; a tick box
        counts as named when its form says so with ``settings``.
        """
        ticks = {"restore_on_reply", "task_on_reply", "canary"}
        named = {name for name in self.fields if name in self.data}
        if "settings" in self.data:
            named |= ticks
        changes = {
            name: value for name, value in self.cleaned_data.items() if name in named
        }
        for name in ("responsible", "topic", "body_kind"):
            if not changes.get(name):
                changes.pop(name, None)
        if "campaign" in changes:
            changes["campaign"] = _campaign(changes["campaign"], now=now)
        return changes


def _campaign(name: str, *, now: datetime) -> Campaign | None:
    name = name.strip()
    if not name:
        return None
    defaults = {"created_at": now}
    return Campaign.objects.get_or_create(name=name, defaults=defaults)[0]


def initial_values(
    mailing: Mailing, content: VersionContent | None
) -> dict[str, object]:
    """What the form shows of a saved mailing."""
    names = (
        "from_name",
        "from_address",
        "reply_to",
        "responsible",
        "topic",
        "frequency_cap_days",
        "mails_per_hour",
        "window_start",
        "window_end",
        "restore_on_reply",
        "task_on_reply",
        "canary",
        "canary_size",
        "canary_wait_minutes",
    )
    values = {name: getattr(mailing, name) for name in names}
    values["campaign"] = mailing.campaign.name if mailing.campaign else ""
    for name in ("subject", "preheader", "body_kind", "body"):
        values[name] = getattr(content, name) if content else ""
    return values


class ScheduleForm(forms.Form):
    """When a mailing starts."""

    scheduled_at = DayTimeField(label=_("Date and time"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    timing = forms.ChoiceField(
        label=_("Timing"), choices=Timing.choices, initial=Timing.AT_ONCE
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = sorted(zone for zone in available_timezones() if "/" in zone)
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ")) for zone in ["UTC", *zones]
        ]
