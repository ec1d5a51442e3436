"""Messages may have made an uncertain mail a sent one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reactions", "0004_page_press"),
    ]

    operations = [
        migrations.AlterField(
            model_name="messageeffect",
            name="kind",
            field=models.CharField(
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
                    ("arrived", "Uncertain mail arrived: counted as sent"),
                ],
                max_length=12,
            ),
        ),
    ]
