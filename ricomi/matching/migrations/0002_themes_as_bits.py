from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

BEFORE = import_module("ricomi.matching.migrations.0001_matching")
# An objective of the Global Compact is the bit of its number: gcm-1 to gcm-23.
BITS = """
CREATE FUNCTION matching_mask(themes text[]) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bit_or(1::bigint << replace(theme, 'gcm-', '')::int), 0) FROM unnest(themes) theme
$$;
CREATE OR REPLACE FUNCTION matching_write_outlines(keys bigint[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM matching_outline
    WHERE offer_id IN (SELECT id FROM catalogue_standingoffer WHERE id = ANY(keys) AND withdrawn_at IS NOT NULL);
    INSERT INTO matching_outline (offer_id, body_id, mask, languages, modality, since, until)
    SELECT o.id, o.body_id, matching_mask(
            ARRAY(SELECT term_id FROM catalogue_standingoffer_themes WHERE standingoffer_id = o.id)::text[]
        ), o.languages::text[], o.modality, o.since, o.until
    FROM catalogue_standingoffer o WHERE o.id = ANY(keys) AND o.withdrawn_at IS NULL
    ON CONFLICT (offer_id) DO UPDATE SET body_id = EXCLUDED.body_id, mask = EXCLUDED.mask,
        languages = EXCLUDED.languages, modality = EXCLUDED.modality, since = EXCLUDED.since, until = EXCLUDED.until;
$$;
"""
# The rows are there again when this has run; they are filled by what runs after it.
NO_BITS = f"""
SET LOCAL check_function_bodies = off;
{BEFORE.WRITE_OUTLINES}
DROP FUNCTION matching_mask(text[]);
"""
ALL = "SELECT matching_write_outlines(ARRAY(SELECT id FROM catalogue_standingoffer))"


class Migration(migrations.Migration):

    dependencies = [('matching', '0001_matching'), ('catalogue', '0004_keys_among_words')]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, ALL),
        # Written anew from the offers, with what all are asked for first in the row.
        migrations.DeleteModel('Outline'),
        migrations.CreateModel(
            name='Outline',
            fields=[
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='outline', serialize=False, to='catalogue.standingoffer')),
                ('body', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.body')),
                ('mask', models.BigIntegerField()),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('modality', models.TextField()),
            ],
            options={'verbose_name': 'outline of an offer', 'verbose_name_plural': 'outlines of offers', 'ordering': ['offer']},
        ),
        migrations.RunSQL(BITS, NO_BITS),
        migrations.RunSQL(ALL, migrations.RunSQL.noop),
    ]
