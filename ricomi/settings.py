"""Django's settings, in one file driven by the environment; the defaults serve the demo on one machine.

Production sets RICOMI_PRODUCTION=1, RICOMI_SECRET_KEY, RICOMI_HOSTS, DATABASE_URL and the mail variables
that README.md lists; `manage.py check --deploy` is then clean.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ricomi import database

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("RICOMI_DATA", BASE_DIR / ".data"))
PRODUCTION = os.environ.get("RICOMI_PRODUCTION") == "1"
DEMO = os.environ.get("RICOMI_DEMO") == "1" and not PRODUCTION

DEBUG = False
SECRET_KEY = os.environ.get("RICOMI_SECRET_KEY", "" if PRODUCTION else database.local_secret(DATA_DIR))
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("RICOMI_SECRET_KEY must be set to at least 50 random characters in production.")
ALLOWED_HOSTS = [
    host
    for host in os.environ.get("RICOMI_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]").split(",")
    if host
]
SITE_URL = os.environ.get("RICOMI_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "anymail",
    "guardian",
    "pgtrigger",
    "procrastinate.contrib.django",
    "viewflow",
    "viewflow.workflow",
    "ricomi",
    "ricomi.directory",
    "ricomi.catalogue",
    "ricomi.papers",
    "ricomi.fund",
    "ricomi.systems",
    "notifications",
    "cases",
    "ricomi.matching",
    "workflows",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ricomi.middleware.reader",
]

# Each page states one flow: docs/adding-a-flow.md.
FLOW_PAGES = [
    "workflows.cooperation", "workflows.trip", "workflows.disbursement", "workflows.revision", "workflows.condition",
    "workflows.extension", "workflows.contribution", "workflows.payment", "workflows.session",
    "workflows.fund_terms", "workflows.refund", "workflows.conversion", "workflows.cataloguing",
]  # fmt: skip

ROOT_URLCONF = "ricomi.urls"
WSGI_APPLICATION = "ricomi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ricomi.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "ricomi.templatetags.ricomi"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database.settings(os.environ.get("DATABASE_URL", ""), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None
GUARDIAN_GET_INIT_ANONYMOUS_USER = "guardian.management.get_init_anonymous_user"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "ricomi.directory.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True

LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English")), ("pt", _("Portuguese")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "ricomi" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = ["ricomi.staticfiles.Finder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA_DIR / "documents"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
PAPER_MAX_BYTES = 5 * 1024 * 1024
SYSTEM_MAX_BYTES = 1024 * 1024 * 1024

# Any provider of django-anymail, or SMTP, by the environment alone, under Anymail's own names.
EMAIL_BACKEND = os.environ.get("RICOMI_MAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = os.environ.get("RICOMI_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("RICOMI_SMTP_PORT", "25" if PRODUCTION else "1025"))
EMAIL_HOST_USER = os.environ.get("RICOMI_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("RICOMI_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("RICOMI_SMTP_TLS", "1" if PRODUCTION else "0") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("RICOMI_MAIL_FROM", "RICOMI <no-reply@ricomi.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}

PROCRASTINATE_IMPORT_PATHS = [
    "notifications.searches", "notifications.tasks", "ricomi.catalogue.tasks", "ricomi.directory.tasks",
    "ricomi.papers.tasks", "ricomi.systems.tasks", "workflows.tasks", "workflows.waiting",
]  # fmt: skip

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("RICOMI_LOG", "WARNING")},
}
