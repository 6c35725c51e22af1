import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import ricomi.catalogue.search
import ricomi.l10n
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('directory', '__first__'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Term',
            fields=[
                ('code', models.SlugField(primary_key=True, serialize=False, verbose_name='code')),
                ('kind', models.CharField(choices=[('theme', 'theme'), ('population', 'population'), ('sector', 'sector')], max_length=10, verbose_name='kind')),
                ('labels', models.JSONField(help_text='Labels by language code.', verbose_name='labels')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'verbose_name': 'term',
                'verbose_name_plural': 'terms',
                'ordering': ['kind', 'order', 'code'],
            },
        ),
        migrations.CreateModel(
            name='StandingOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('text', models.TextField(max_length=5000, verbose_name='what is offered')),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English'), ('pt', 'Português'), ('fr', 'Français')], default='es', max_length=2, verbose_name='language of this text')),
                ('modality', models.CharField(choices=[('expert', 'visit of an expert'), ('study_visit', 'study visit to the offering state'), ('training', 'training course'), ('remote', 'advice at a distance'), ('materials', 'exchange of documents and tools')], default='expert', max_length=11, verbose_name='how')),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('es', 'Español'), ('en', 'English'), ('pt', 'Português'), ('fr', 'Français')], max_length=2), help_text='The languages in which your people can work.', size=None, verbose_name='working languages')),
                ('since', models.DateField(default=ricomi.l10n.today, verbose_name='holds from')),
                ('until', models.DateField(blank=True, help_text='The last day; leave it empty for an offer without an end.', null=True, verbose_name='holds until')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('withdrawn_at', models.DateTimeField(editable=False, null=True)),
                ('revision', models.PositiveIntegerField(default=1, editable=False)),
                ('body', models.ForeignKey(limit_choices_to={'kind': 'delegation'}, on_delete=django.db.models.deletion.PROTECT, related_name='standing_offers', to='directory.body', verbose_name='delegation')),
                ('changed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('populations', models.ManyToManyField(blank=True, limit_choices_to={'kind': 'population'}, related_name='+', to='catalogue.term', verbose_name='populations')),
                ('themes', models.ManyToManyField(limit_choices_to={'kind': 'theme'}, related_name='+', to='catalogue.term', verbose_name='themes')),
            ],
            options={
                'verbose_name': 'standing offer',
                'verbose_name_plural': 'standing offers',
                'ordering': ['body', 'title', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='offer_ends_after_it_began'), models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('body', 'title'), name='offer_title_once_a_delegation'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='offer_withdrawn_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Initiative',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(max_length=40, unique=True, verbose_name='case')),
                ('title', models.CharField(max_length=300, verbose_name='title')),
                ('summary', models.TextField(verbose_name='summary')),
                ('results', models.TextField(verbose_name='results')),
                ('lessons', models.TextField(blank=True, verbose_name='what was learnt')),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English'), ('pt', 'Português'), ('fr', 'Français')], max_length=2, verbose_name='language of this text')),
                ('started_on', models.DateField(blank=True, null=True, verbose_name='began')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended')),
                ('year', models.PositiveSmallIntegerField(db_index=True, help_text='The year in which it ended, or was published when its end is not known.', verbose_name='year')),
                ('amount_spent', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='amount spent')),
                ('currency', models.CharField(default='USD', max_length=3, verbose_name='currency')),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='published')),
                ('searched', models.GeneratedField(db_persist=True, expression=ricomi.catalogue.search.Folded(django.db.models.functions.text.Concat('origin', models.Value(' '), 'title', models.Value(' '), 'summary', models.Value(' '), 'results', models.Value(' '), 'lessons', output_field=models.TextField())), output_field=models.TextField())),
                ('offering_state', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.state', verbose_name='offering state')),
                ('requesting_state', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.state', verbose_name='requesting state')),
                ('populations', models.ManyToManyField(blank=True, limit_choices_to={'kind': 'population'}, related_name='+', to='catalogue.term', verbose_name='populations')),
                ('themes', models.ManyToManyField(limit_choices_to={'kind': 'theme'}, related_name='+', to='catalogue.term', verbose_name='themes')),
            ],
            options={
                'verbose_name': 'initiative',
                'verbose_name_plural': 'initiatives',
                'ordering': ['-published_at', '-pk'],
                'indexes': [models.Index(fields=['-published_at', '-id'], name='initiative_newest_first')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('started_on__isnull', True), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='initiative_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('amount_spent__gte', 0)), name='initiative_spent_nothing_negative')],
            },
        ),
    ]
