"""Initiatives become entries of every kind, with places and versions; the card index and the words that it bears."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import ricomi.catalogue.search

LANGUAGES = [('es', 'Español'), ('en', 'English'), ('pt', 'Português'), ('fr', 'Français')]
KINDS = [
    ('initiative', 'initiative'), ('practice', 'good practice'), ('study', 'study'), ('law', 'legal instrument'),
    ('series', 'statistical series'), ('programme', 'seasonal employment programme'), ('publication', 'publication'),
]
TERMS = [
    ('theme', 'theme'), ('population', 'population'), ('sector', 'sector'),
    ('target', 'target of the Sustainable Development Goals'), ('forum', 'forum'), ('help', 'kind of help'),
    ('concept', 'subject'),
]
PARTS = [
    ('concerned', 'state concerned'), ('requesting', 'requesting state'), ('offering', 'offering state'),
    ('third', 'supporting partner'), ('origin', 'state of origin'), ('destination', 'state of destination'),
]
FUNCTIONS = r"""
CREATE FUNCTION catalogue_folded(content text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(regexp_replace(normalize(content, NFD), '[\u0300-\u036f]', '', 'g'))
$$;
CREATE FUNCTION catalogue_config(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE language WHEN 'es' THEN 'pg_catalog.spanish'::regconfig WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        ELSE 'pg_catalog.simple'::regconfig END
$$;
CREATE FUNCTION catalogue_words(language text, content text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT catalogue_folded(to_tsvector(catalogue_config(language), content)::text)::tsvector
$$;
CREATE FUNCTION catalogue_phrase(language text, content text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT catalogue_folded(phraseto_tsquery(catalogue_config(language), content)::text)::tsquery
$$;
CREATE FUNCTION catalogue_near(form text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT overlay(form placing '' FROM n FOR 1) FROM generate_series(1, length(form)) n
        UNION SELECT form ORDER BY 1
    )
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION catalogue_near(text);
DROP FUNCTION catalogue_phrase(text, text);
DROP FUNCTION catalogue_words(text, text);
DROP FUNCTION catalogue_config(text);
DROP FUNCTION catalogue_folded(text);
"""
# Rows stay narrow enough to be counted fast: the words, which only the ranking reads, are kept beside them.
NARROW = """
ALTER TABLE catalogue_card ALTER COLUMN words SET STORAGE EXTERNAL;
ALTER TABLE catalogue_card ALTER COLUMN keys SET STORAGE MAIN;
ALTER TABLE catalogue_card SET (toast_tuple_target = 512);
"""
KEPT = """
INSERT INTO catalogue_entry_terms (entry_id, term_id)
SELECT entry_id, term_id FROM catalogue_entry_themes
UNION SELECT entry_id, term_id FROM catalogue_entry_populations;
INSERT INTO catalogue_place (entry_id, state_id, part)
SELECT id, requesting_state_id, 'requesting' FROM catalogue_entry
UNION SELECT id, offering_state_id, 'offering' FROM catalogue_entry;
INSERT INTO catalogue_version (entry_id, number, at, content)
SELECT e.id, 1, e.published_at, jsonb_build_object(
    'kind', 'initiative', 'title', title, 'summary', summary, 'text', text, 'lessons', lessons, 'language', language,
    'url', '', 'since', since, 'until', until, 'year', year, 'amount_spent', amount_spent::text, 'currency', currency,
    'facts', '{}'::jsonb, 'sample', false,
    'terms', (SELECT coalesce(jsonb_agg(term_id ORDER BY term_id), '[]') FROM catalogue_entry_terms WHERE entry_id = e.id),
    'states', (SELECT coalesce(jsonb_agg(jsonb_build_array(part, state_id) ORDER BY part, state_id), '[]')
               FROM catalogue_place WHERE entry_id = e.id)
) FROM catalogue_entry e;
"""
ID = ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('directory', '0003_delegation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.AlterField('term', 'kind', models.CharField(choices=TERMS, max_length=10, verbose_name='kind')),
        migrations.AddField('term', 'others', models.JSONField(default=dict, help_text='Synonyms by language code.', verbose_name='other words')),
        migrations.CreateModel(
            name='Label',
            fields=[
                ID,
                ('code', models.CharField(max_length=60)),
                ('language', models.CharField(choices=LANGUAGES, max_length=2)),
                ('text', models.CharField(max_length=200)),
                ('stems', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('phrase', ricomi.catalogue.search.Query()),
            ],
            options={
                'verbose_name': 'label', 'verbose_name_plural': 'labels', 'ordering': ['code', 'language', 'text'],
                'indexes': [models.Index('stems__0', name='label_first_stem')],
                'constraints': [models.UniqueConstraint(fields=('code', 'language', 'text'), name='label_once_a_term')],
            },
        ),
        migrations.RemoveField('initiative', 'searched'),
        migrations.RemoveConstraint('initiative', 'initiative_ends_after_it_began'),
        migrations.RemoveConstraint('initiative', 'initiative_spent_nothing_negative'),
        migrations.RemoveIndex('initiative', 'initiative_newest_first'),
        migrations.RenameModel('Initiative', 'Entry'),
        migrations.AlterModelOptions('entry', {'ordering': ['-published_at', '-pk'], 'verbose_name': 'entry', 'verbose_name_plural': 'entries'}),
        migrations.RenameField('entry', 'results', 'text'),
        migrations.RenameField('entry', 'started_on', 'since'),
        migrations.RenameField('entry', 'ended_on', 'until'),
        migrations.AlterField('entry', 'origin', models.CharField(max_length=120, verbose_name='reference there')),
        migrations.AlterField('entry', 'summary', models.TextField(blank=True, verbose_name='summary')),
        migrations.AlterField('entry', 'text', models.TextField(blank=True, verbose_name='text')),
        migrations.AddField('entry', 'kind', models.CharField(choices=KINDS, default='initiative', max_length=11, verbose_name='kind')),
        migrations.AddField('entry', 'source', models.SlugField(blank=True, db_index=False, default='cases', verbose_name='source')),
        migrations.AlterField('entry', 'source', models.SlugField(blank=True, db_index=False, default='', verbose_name='source')),
        migrations.AddField('entry', 'body', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.body', verbose_name='delegation')),
        migrations.AddField('entry', 'url', models.URLField(blank=True, default='', max_length=500, verbose_name='link'), preserve_default=False),
        migrations.AddField('entry', 'facts', models.JSONField(blank=True, default=dict, verbose_name='facts')),
        migrations.AddField('entry', 'sample', models.BooleanField(default=False, verbose_name='sample')),
        migrations.AddField('entry', 'version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
        migrations.AddField('entry', 'changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed')),
        migrations.AddField('entry', 'withdrawn_at', models.DateTimeField(editable=False, null=True, verbose_name='withdrawn')),
        migrations.AddField('entry', 'withdrawn_why', models.TextField(blank=True, default='', editable=False, verbose_name='why it was withdrawn'), preserve_default=False),
        migrations.AddField('entry', 'terms', models.ManyToManyField(related_name='+', to='catalogue.term', verbose_name='terms')),
        migrations.CreateModel(
            name='Place',
            fields=[
                ID,
                ('part', models.CharField(choices=PARTS, max_length=11, verbose_name='part')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='catalogue.entry')),
                ('state', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.state', verbose_name='state')),
            ],
            options={
                'verbose_name': 'place', 'verbose_name_plural': 'places', 'ordering': ['part', 'state'],
                'indexes': [models.Index(fields=['state', 'part'], name='place_of_a_state')],
                'constraints': [models.UniqueConstraint(fields=('entry', 'state', 'part'), name='place_once_an_entry')],
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ID,
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('content', models.JSONField(verbose_name='content')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='published')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='catalogue.entry')),
            ],
            options={
                'verbose_name': 'version of an entry', 'verbose_name_plural': 'versions of entries', 'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('entry', 'number'), name='version_once_an_entry')],
            },
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        # What was written above is checked before the columns that it was read from go.
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;', migrations.RunSQL.noop),
        migrations.RemoveField('entry', 'themes'),
        migrations.RemoveField('entry', 'populations'),
        migrations.RemoveField('entry', 'requesting_state'),
        migrations.RemoveField('entry', 'offering_state'),
        migrations.AddIndex('entry', models.Index(fields=['-published_at', '-id'], name='entry_newest_first')),
        migrations.AddConstraint('entry', models.CheckConstraint(condition=models.Q(('until__isnull', True), ('since__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='entry_ends_after_it_began')),
        migrations.AddConstraint('entry', models.CheckConstraint(condition=models.Q(('amount_spent__gte', 0)), name='entry_spent_nothing_negative')),
        migrations.AddConstraint('entry', models.UniqueConstraint(fields=('source', 'origin'), name='entry_once_a_source')),
        migrations.CreateModel(
            name='Card',
            fields=[
                ID,
                ('kind', models.CharField(max_length=11, verbose_name='kind')),
                ('language', models.CharField(choices=LANGUAGES, max_length=2, verbose_name='language of this text')),
                ('public', models.BooleanField(default=True, verbose_name='public')),
                ('published_at', models.DateTimeField(verbose_name='published')),
                ('until', models.DateField(null=True, verbose_name='holds until')),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, verbose_name='keys')),
                ('words', django.contrib.postgres.search.SearchVectorField(verbose_name='words')),
                ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='card', to='catalogue.entry')),
                ('offer', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='card', to='catalogue.standingoffer')),
            ],
            options={
                'verbose_name': 'card', 'verbose_name_plural': 'cards', 'ordering': ['-published_at', '-pk'],
                'indexes': [
                    django.contrib.postgres.indexes.GinIndex(fields=['words'], name='card_words'),
                    django.contrib.postgres.indexes.GinIndex(fields=['keys'], name='card_keys'),
                    models.Index(fields=['-published_at', '-id'], name='card_newest_first'),
                ],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', False), ('offer__isnull', True)), models.Q(('entry__isnull', True), ('offer__isnull', False)), _connector='OR'), name='card_of_one_thing')],
            },
        ),
        migrations.CreateModel(
            name='Word',
            fields=[
                ('form', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('stems', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('near', models.GeneratedField(db_persist=True, expression=models.Func('form', function='catalogue_near'), output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None))),
            ],
            options={
                'verbose_name': 'word', 'verbose_name_plural': 'words', 'ordering': ['form'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['near'], name='word_near')],
            },
        ),
        migrations.RunSQL(NARROW, migrations.RunSQL.noop),
    ]
