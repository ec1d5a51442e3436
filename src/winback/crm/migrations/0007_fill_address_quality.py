"""Fill Lead.address_quality where it is not "good", which 0006 gave everybody.

Safe beside the old code and safe to repeat: it writes only what differs, and what
the DNS said meanwhile stays.
"""

from django.db import migrations

from winback.core.address_quality import quality_of

BATCH_SIZE = 5000


def fill_address_quality(apps, schema_editor):
    Lead = apps.get_model("crm", "Lead")
    leads = Lead.objects.order_by("pk").values_list("pk", "email", "address_quality")
    last_pk = 0
    while batch := list(leads.filter(pk__gt=last_pk)[:BATCH_SIZE]):
        last_pk = batch[-1][0]
        wrong: dict[str, list[int]] = {}
        for pk, email, known in batch:
            quality = quality_of(email)
            if known not in (quality, "unreachable"):
                wrong.setdefault(quality, []).append(pk)
        for quality, pks in wrong.items():
            Lead.objects.filter(pk__in=pks).update(address_quality=quality)


class Migration(migrations.Migration):
    atomic = False  # every batch commits by itself; no row is locked for long

    dependencies = [("crm", "0006_lead_address_facts")]

    operations = [
        # Backwards: nothing to undo, 0006 drops the column.
        migrations.RunPython(fill_address_quality, migrations.RunPython.noop)
    ]
