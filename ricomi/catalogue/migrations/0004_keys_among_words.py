from django.db import migrations

WRITE = """
    UPDATE catalogue_card SET words = words || array_to_tsvector(ARRAY(SELECT '=' || key FROM unnest(keys) key))
"""
REMOVE = """
    UPDATE catalogue_card SET words = ts_delete(words, ARRAY(SELECT '=' || key FROM unnest(keys) key))
"""


class Migration(migrations.Migration):

    dependencies = [('catalogue', '0003_searches_and_drafts')]

    operations = [
        migrations.RemoveIndex('card', 'card_keys'),
        migrations.RunSQL(WRITE, REMOVE),
    ]
