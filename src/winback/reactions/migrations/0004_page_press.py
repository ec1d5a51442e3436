"""What is pressed on unsubscribe pages, kept as it came."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailings", "0006_mailing_template"),
        ("reactions", "0003_messages_and_what_followed"),
    ]

    operations = [
        migrations.CreateModel(
            name="PagePress",
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
                ("at", models.DateTimeField()),
                ("visit", models.CharField(max_length=32)),
                ("button", models.CharField(max_length=10)),
                ("user_agent", models.CharField(blank=True, max_length=500)),
                ("ip_prefix", models.CharField(blank=True, max_length=50)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("machine", "Machine"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(max_length=40)),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presses",
                        to="mailings.recipient",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recipient", "at"], name="press_by_recipient")
                ],
            },
        ),
    ]
