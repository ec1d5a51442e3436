from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0007_fill_address_quality")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("address_quality", "good"), _negated=True),
                fields=["address_quality"],
                name="lead_by_bad_address",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("ignored_in_a_row__gt", 0)),
                fields=["ignored_in_a_row"],
                name="lead_by_ignored",
            ),
        ),
    ]
