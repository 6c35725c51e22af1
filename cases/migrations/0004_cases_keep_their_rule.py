from django.db import migrations


def keep_the_rule(apps, schema_editor):
    """Cases that were opened before rules were data keep the one that was in force: a majority of the CEAM."""
    Case = apps.get_model("cases", "Case")
    if not Case.objects.filter(rule=None).exists():
        return
    ceam = apps.get_model("directory", "Body").objects.get(code="ceam")
    rule = ceam.rules.order_by("since").first() or ceam.rules.create(method="majority")
    Case.objects.filter(rule=None).update(rule=rule)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_decisions_and_conditions")]

    operations = [migrations.RunPython(keep_the_rule, migrations.RunPython.noop)]
