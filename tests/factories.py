"""Records for tests: small, valid, each different from the last."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from winback.accounts.models import User
from winback.accounts.rules import Role
from winback.consent.models import Topic
from winback.crm.models import Lead, LostReason, Stage
from winback.crm.rules import clean_lead
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
    stage = factory.SubFactory(StageFactory)
    created_at = NOW
    stage_changed_at = NOW

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        lead = model_class(*args, **kwargs)
        clean_lead(lead)
        lead.save()
        return lead


class LostLeadFactory(LeadFactory):
    """A lead as ``mark_lost`` leaves it, its history row included."""

    class Meta:
        skip_postgeneration_save = True

    status = "lost"
    active = False
    probability = 0
    lost_at = NOW
    lost_reason = factory.SubFactory(LostReasonFactory)

    @factory.post_generation
    def loss(self, create, extracted, **kwargs):
        if create:
            self.losses.create(reason=self.lost_reason, lost_at=self.lost_at)


# ---------------------------------------------------------------- mailings


class MailingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Mailing

    name = factory.Sequence(lambda n: f"Mailing {n}")
    topic = factory.LazyFunction(
        lambda: Topic.objects.get_or_create(
            is_default=True, defaults={"name": "Offers and news"}
        )[0]
    )
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
