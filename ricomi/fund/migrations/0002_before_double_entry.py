from django.db import migrations


def refuse_to_lose_money(apps, schema_editor):
    """Nothing that was written is thrown away: what the single-entry ledger held cannot be entered twice by a machine."""
    for name in ("Posting", "Contribution"):
        if apps.get_model("fund", name).objects.exists():
            raise SystemExit(
                "CommandError: The Fund's ledger here is of an earlier form, which was never released. Export it from the"
                " page of the Fund, then begin with an empty database (the demo: make distclean)."
            )


class Migration(migrations.Migration):
    """The first ledger moved one amount from one account to another; its place is taken by postings with legs."""

    dependencies = [("fund", "0001_initial")]

    operations = [
        migrations.RunPython(refuse_to_lose_money, migrations.RunPython.noop),
        migrations.DeleteModel("Posting"),
        migrations.DeleteModel("Account"),
        migrations.DeleteModel("Contribution"),
    ]
