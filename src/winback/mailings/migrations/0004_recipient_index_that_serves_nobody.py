"""Drop the index on Recipient.mailing alone: two longer ones begin with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailings", "0003_lanes_and_canary")]

    operations = [
        migrations.AlterField(
            model_name="recipient",
            name="mailing",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recipients",
                to="mailings.mailing",
            ),
        ),
    ]
