"""Settings under test: the project's own, on a data folder and a database apart from the demo's."""

import os
from pathlib import Path

os.environ.setdefault("RICOMI_DATA", str(Path(__file__).resolve().parent.parent / ".data" / "test"))
os.environ.setdefault("RICOMI_DEMO", "0")

from ricomi.settings import *  # noqa: F403
from ricomi.settings import DATA_DIR, DATABASES, STORAGES

DATABASES["default"]["DISPOSABLE"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
# Hashing slowly on purpose protects real passwords, and here only delays.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MEDIA_ROOT = DATA_DIR / "documents"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Static files come straight from their apps, so that no test waits for them to be collected.
WHITENOISE_USE_FINDERS = True
(DATA_DIR / "static").mkdir(mode=0o700, parents=True, exist_ok=True)
