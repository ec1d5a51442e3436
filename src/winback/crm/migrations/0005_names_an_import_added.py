from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0004_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="added_names",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
