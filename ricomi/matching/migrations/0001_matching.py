"""Outlines of the standing offers, which triggers write; weights; what was proposed for each round of invitations."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Outlines follow the offers and their themes in the statement that writes those, whichever way they are written.
WRITE_OUTLINES = """
CREATE OR REPLACE FUNCTION matching_write_outlines(keys bigint[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM matching_outline
    WHERE offer_id IN (SELECT id FROM catalogue_standingoffer WHERE id = ANY(keys) AND withdrawn_at IS NOT NULL);
    INSERT INTO matching_outline (offer_id, body_id, themes, languages, modality, since, until)
    SELECT o.id, o.body_id,
        ARRAY(SELECT term_id FROM catalogue_standingoffer_themes WHERE standingoffer_id = o.id ORDER BY 1)::text[],
        o.languages::text[], o.modality, o.since, o.until
    FROM catalogue_standingoffer o WHERE o.id = ANY(keys) AND o.withdrawn_at IS NULL
    ON CONFLICT (offer_id) DO UPDATE SET body_id = EXCLUDED.body_id, themes = EXCLUDED.themes,
        languages = EXCLUDED.languages, modality = EXCLUDED.modality, since = EXCLUDED.since, until = EXCLUDED.until;
$$;
"""
OUTLINES = WRITE_OUTLINES + """
CREATE FUNCTION matching_offers_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM matching_write_outlines(ARRAY(SELECT id FROM written));
    RETURN NULL;
END $$;
CREATE FUNCTION matching_themes_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM matching_write_outlines(ARRAY(SELECT DISTINCT standingoffer_id FROM written));
    RETURN NULL;
END $$;
CREATE TRIGGER matching_offer_made AFTER INSERT ON catalogue_standingoffer
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION matching_offers_written();
CREATE TRIGGER matching_offer_changed AFTER UPDATE ON catalogue_standingoffer
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION matching_offers_written();
CREATE TRIGGER matching_theme_added AFTER INSERT ON catalogue_standingoffer_themes
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION matching_themes_written();
CREATE TRIGGER matching_theme_taken AFTER DELETE ON catalogue_standingoffer_themes
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION matching_themes_written();
SELECT matching_write_outlines(ARRAY(SELECT id FROM catalogue_standingoffer));
"""
NO_OUTLINES = """
DROP TRIGGER matching_theme_taken ON catalogue_standingoffer_themes;
DROP TRIGGER matching_theme_added ON catalogue_standingoffer_themes;
DROP TRIGGER matching_offer_changed ON catalogue_standingoffer;
DROP TRIGGER matching_offer_made ON catalogue_standingoffer;
DROP FUNCTION matching_themes_written();
DROP FUNCTION matching_offers_written();
DROP FUNCTION matching_write_outlines(bigint[]);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0010_tranches_parties_revisions'),
        ('catalogue', '0002_entries_and_cards'),
        ('directory', '0003_delegation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Weights',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True, verbose_name='version')),
                ('values', models.JSONField(help_text='Points by the code of the factor.', verbose_name='weights')),
                ('why', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='set by')),
            ],
            options={
                'verbose_name': 'weights',
                'verbose_name_plural': 'weights',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='round')),
                ('place', models.PositiveSmallIntegerField(verbose_name='place')),
                ('total', models.DecimalField(decimal_places=2, max_digits=8, verbose_name='points')),
                ('parts', models.JSONField(default=list)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.body', verbose_name='state')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='cases.case')),
                ('offer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.standingoffer')),
                ('weights', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matching.weights')),
            ],
            options={
                'verbose_name': 'proposal',
                'verbose_name_plural': 'proposals',
                'ordering': ['-at', 'case', 'round', 'place'],
            },
        ),
        migrations.CreateModel(
            name='Outline',
            fields=[
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='outline', serialize=False, to='catalogue.standingoffer')),
                ('themes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('modality', models.TextField()),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('body', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.body')),
            ],
            options={
                'verbose_name': 'outline of an offer',
                'verbose_name_plural': 'outlines of offers',
                'ordering': ['offer'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['themes'], name='outline_themes')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='weights',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='471a7d539beaf60a2b4531690b5fa5d7b665ca4a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_49d98', table='matching_weights', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('place', 1)), fields=['-at'], name='proposal_first_lately'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(fields=('case', 'round', 'body'), name='proposal_once_a_round'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(fields=('case', 'round', 'place'), name='proposal_one_a_place'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='dafebc8ae0b8533ec1e0cb8d542ce7e2d8bba3d0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_141cb', table='matching_proposal', when='BEFORE')),
        ),
        migrations.RunSQL(OUTLINES, NO_OUTLINES),
    ]
