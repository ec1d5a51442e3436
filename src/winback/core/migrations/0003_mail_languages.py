"""What people get whose language a mailing is not written in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_installation_website")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="mail_language_order",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=120,
                verbose_name="languages to fall back to",
            ),
        ),
        migrations.AddField(
            model_name="installation",
            name="mail_language_without",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=8,
                verbose_name="language for people without one",
            ),
        ),
    ]
