"""Where messages came from, what followed from them, and mailboxes that are read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_names_an_import_added"),
        ("mailings", "0003_lanes_and_canary"),
        ("reactions", "0002_hit_event"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("old_address", models.CharField(max_length=320)),
                ("new_address", models.CharField(max_length=320)),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("is_accepted", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="MailFolder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.CharField(max_length=500, unique=True)),
                ("uid_validity", models.BigIntegerField(default=0)),
                ("taken_uid", models.BigIntegerField(default=0)),
                ("settled_uid", models.BigIntegerField(default=0)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("busy_until", models.DateTimeField(blank=True, null=True)),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreachable", "The mail server cannot be reached"),
                            (
                                "certificate",
                                "The mail server's certificate is not trusted",
                            ),
                            ("login", "The mail server refuses the login"),
                            ("token", "No access token could be got"),
                            ("folder", "The mailbox has no such folder"),
                            (
                                "protocol",
                                "The mail server answered something unexpected",
                            ),
                        ],
                        max_length=11,
                    ),
                ),
                ("fault_details", models.CharField(blank=True, max_length=300)),
                ("failed_since", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="MessageEffect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("replied", "Counted as a reply"),
                            ("bounced", "Counted as a bounce"),
                            ("complained", "Counted as a complaint"),
                            ("unsubscribed", "Counted as unsubscribed"),
                            ("blacklisted", "Address put on the blacklist"),
                            ("opted_out", "No more mail about this topic"),
                            ("restored", "Lost lead restored"),
                            ("task", "Task for the owner"),
                            ("away", "Away, as the automatic reply says"),
                        ],
                        max_length=12,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=320)),
                ("at", models.DateTimeField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("details", models.JSONField(blank=True, default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="forgotten_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="provider",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="returns_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="sender",
            field=models.CharField(blank=True, default="", max_length=320),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="source",
            field=models.CharField(
                choices=[
                    ("smtp", "Our mail server"),
                    ("imap", "A mailbox"),
                    ("file", "A file or a text given by a person"),
                    ("webhook", "A message from a provider"),
                    ("event", "News from a provider"),
                ],
                default="smtp",
                max_length=7,
            ),
        ),
        migrations.AlterField(
            model_name="inboundmessage",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reply", "Reply"),
                    ("auto_reply", "Automatic reply"),
                    ("bounce", "Bounce"),
                    ("delivered", "Delivery confirmation"),
                    ("complaint", "Complaint"),
                    ("challenge", "Question whether we are human"),
                    ("unsubscribe", "Unsubscribe request"),
                    ("opened", "Opened, as the provider says"),
                    ("clicked", "Clicked, as the provider says"),
                    ("unknown", "Unknown"),
                ],
                default="unknown",
                max_length=11,
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(fields=["kind", "-id"], name="inbound_by_kind"),
        ),
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(
                condition=models.Q(("forgotten_at__isnull", True)),
                fields=["received_at"],
                name="inbound_not_forgotten",
            ),
        ),
        migrations.AddField(
            model_name="addresschange",
            name="lead",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="address_changes",
                to="crm.lead",
            ),
        ),
        migrations.AddField(
            model_name="addresschange",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="address_changes",
                to="reactions.inboundmessage",
            ),
        ),
        migrations.AddField(
            model_name="addresschange",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="messageeffect",
            name="lead",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm.lead",
            ),
        ),
        migrations.AddField(
            model_name="messageeffect",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="effects",
                to="reactions.inboundmessage",
            ),
        ),
        migrations.AddField(
            model_name="messageeffect",
            name="recipient",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="mailings.recipient",
            ),
        ),
        migrations.AddField(
            model_name="messageeffect",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="addresschange",
            constraint=models.UniqueConstraint(
                fields=("lead", "new_address"),
                name="address_change_once_per_lead_and_address",
            ),
        ),
        migrations.AddIndex(
            model_name="messageeffect",
            index=models.Index(
                condition=models.Q(("undone_at__isnull", True)),
                fields=["address", "kind"],
                name="effect_standing_by_address",
            ),
        ),
    ]
