"""Records for tests: small, valid, each different from the last."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from winback.accounts.models import User
from winback.accounts.rules import Role
from winback.consent.models import Topic
from winback.core.text import fold
from winback.crm.models import Lead, LostReason, Stage
from winback.mailings.models import Mailing, Recipient, TrackedLink, VersionContent

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)

# ---------------------------------------------------------------- accounts


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@winback.example")
    role = Role.ADMINISTRATOR.value


# --------------------------------------------------------------------- crm


class StageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Stage
        django_get_or_create = ("name",)

    name = "New"


class LostReasonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LostReason
        django_get_or_create = ("name",)

    name = "Too expensive"


class LeadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lead

    title = factory.Sequence(lambda n: f"Lead {n}")
    contact_name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    email_normalized = factory.LazyAttribute(lambda o: o.email.strip().lower())
    title_folded = factory.LazyAttribute(lambda o: fold(o.title))
    contact_name_folded = factory.LazyAttribute(lambda o: fold(o.contact_name))
    stage = factory.SubFactory(StageFactory)
    created_at = NOW
    stage_changed_at = NOW


# ---------------------------------------------------------------- mailings


class MailingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Mailing

    name = factory.Sequence(lambda n: f"Mailing {n}")
    topic = factory.LazyFunction(lambda: Topic.objects.get(is_default=True))
    responsible = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("responsible")
    created_at = NOW
    changed_at = NOW


class RecipientFactory(factory.django.DjangoModelFactory):
    """A mail that was sent; pass ``fate`` and ``sent_at=None`` for others."""

    class Meta:
        model = Recipient

    mailing = factory.SubFactory(MailingFactory)
    lead = factory.SubFactory(LeadFactory)
    address = factory.SelfAttribute("lead.email_normalized")
    fate = "sent"
    sent_at = NOW


class TrackedLinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TrackedLink

    url = "https://shop.example/"
    position = factory.Sequence(lambda n: n)

    @factory.lazy_attribute
    def content(self):
        version = MailingFactory().versions.create()
        return VersionContent.objects.create(version=version)
