"""What every test stands on: the database server, started once and shared by all of pytest's processes."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.db.models.signals import post_migrate
from django.utils import translation

from ricomi import database
from ricomi.catalogue import reference
from tests.kept import KEEPER

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server", "admin_client"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database-only` runs what depends on the database server's release, and nothing else."""
    parser.addoption("--database-only", action="store_true", help="only tests of what hangs on the database server")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Before the database is dropped, whoever still holds it lets go: a server's thread whose reader left half-way."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)


@pytest.fixture(autouse=True)
def beginning() -> None:
    """Each test begins with a database in which nothing was written yet, and in the site's own language."""
    KEEPER.begin()
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def english() -> Iterator[None]:
    """The test's words are English, and so are those that it reads."""
    with translation.override("en"):
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded server for this run; each of xdist's workers shares in it."""
    if settings.DATABASES["default"]["ENGINE"] == "ricomi.postgres":
        database.start(settings.DATA_DIR, disposable=True)


def no_old_jobs(using: str, **_how: object) -> None:
    """Empty the worker's tables, which Django does not count among its own, whenever it has emptied those."""
    with connections[using].cursor() as cursor:
        for table in ("periodic_defers", "jobs", "workers"):
            cursor.execute(f"DELETE FROM procrastinate_{table}")


post_migrate.connect(no_old_jobs, sender=apps.get_app_config("procrastinate"))

# Written by reading the thesaurus, which takes seconds; what stands in them is the same each time.
THESAURUS = {
    "catalogue_term": 'code, kind, labels, "order", others', "catalogue_label": "code, language, text, stems, phrase",
    "catalogue_word": "form, public, stems",
}  # fmt: skip
_THESAURUS: dict[str, bytes] = {}


def thesaurus(using: str = "default", **_how: object) -> None:
    """The thesaurus comes back as it was first written whenever Django has emptied the tables."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('catalogue_word') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return
        cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT FROM {name})" for name in THESAURUS))
        if _THESAURUS and cursor.fetchone() == (False,):
            for name, data in _THESAURUS.items():
                with cursor.cursor.copy(f"COPY {name} ({THESAURUS[name]}) FROM STDIN (FORMAT BINARY)") as into:
                    into.write(data)
            return
        reference.load(using)
        for name, columns in THESAURUS.items():
            with cursor.cursor.copy(f"COPY {name} ({columns}) TO STDOUT (FORMAT BINARY)") as out:
                _THESAURUS.setdefault(name, b"".join(out))


post_migrate.disconnect(sender=apps.get_app_config("catalogue"), dispatch_uid="catalogue.reference")
post_migrate.connect(thesaurus, sender=apps.get_app_config("catalogue"), dispatch_uid="catalogue.reference")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the server: it stops with the last process of this run."""
    if settings.DATABASES["default"]["ENGINE"] == "ricomi.postgres":
        database.stop(settings.DATA_DIR)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything in tests/browser is marked so; `--database-only` picks its tests; what takes long begins first."""
    browser = Path(__file__).parent / "browser"
    for item in items:
        if browser in item.path.parents:
            item.add_marker("browser")
    if config.getoption("--database-only"):
        kept = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _uses_database(item)])
        items[:] = kept
    # So that no process is left alone with it at the end.
    items.sort(key=lambda item: not (item.get_closest_marker("slow") or item.get_closest_marker("browser")))


def _uses_database(item: pytest.Item) -> bool:
    said = [mark.name for mark in item.iter_markers() if mark.name in ("browser", "one_server", "both_servers")]
    if said and said[0] != "both_servers":
        return False
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))
