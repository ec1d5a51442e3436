from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0005_picture")]

    operations = [
        migrations.CreateModel(
            name="OutsideAddress",
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
                ("key", models.CharField(max_length=64, unique=True)),
                ("url", models.TextField()),
                ("asked_at", models.DateTimeField(db_index=True)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("finding", models.CharField(blank=True, max_length=9)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("size_bytes", models.BigIntegerField(blank=True, null=True)),
            ],
        ),
    ]
