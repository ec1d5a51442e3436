"""Django's settings, all of them derived from ``core.config``."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

from winback.core.config import ConfigError, load_config
from winback.core.provider_config import ProviderSettings

try:
    CONFIG = load_config()
except ConfigError as error:
    sys.stderr.write("Winback cannot start with this environment:\n")
    sys.stderr.writelines(f"  {problem}\n" for problem in error.problems)
    raise SystemExit(2) from None

ROOM = Path(__file__).resolve().parent
SECRET_KEY = CONFIG.secret_key
SECRET_KEY_FALLBACKS = list(CONFIG.former_secret_keys)
DEBUG = CONFIG.debug
PUBLIC_HOST = urlsplit(CONFIG.public_url).hostname or "localhost"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
ALLOWED_HOSTS = [*dict.fromkeys([*CONFIG.allowed_hosts, PUBLIC_HOST, *LOOPBACK_HOSTS])]
ROOT_URLCONF = "winback.web.urls"
WSGI_APPLICATION = "winback.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "winback.core",
    "winback.accounts",
    "winback.crm",
    "winback.consent",
    "winback.content",
    "winback.segments",
    "winback.mailings",
    "winback.delivery",
    "winback.reactions",
    "winback.results",
    "winback.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "winback.core.middleware.content_security_policy",
    "winback.core.middleware.keep_out_of_caches",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "winback.accounts.middleware.user_preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "winback.core.middleware.htmx_answers",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "winback.core.context.page",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(CONFIG.database_url)}
IS_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if IS_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that begins as a reader cannot wait for the write lock
        # without failing, so every transaction asks for it at once and waits.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
            "PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    # A server whose host is gone says nothing, for a quarter of an hour by default.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,  # seconds
        "tcp_user_timeout": 30_000,  # milliseconds
        "keepalives_idle": 30,
        **DATABASES["default"].get("OPTIONS", {}),
    }

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Ten wrong passwords for one login from one place close it for a quarter of an hour.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "winback.core.visitors.visitor_address"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = CONFIG.language
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian")), ("fa", _("Persian"))]
LOCALE_PATHS = [ROOM / "locale"]
TIME_ZONE = CONFIG.time_zone
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Vite names built files after their content, so WhiteNoise may serve them from
# the package without collecting them first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/winback/dist/.+-[\w-]{8}\.\w+$"
MEDIA_ROOT = CONFIG.home / "media"

HTTPS = CONFIG.public_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [CONFIG.public_url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "winback_session"
CSRF_COOKIE_NAME = "winback_csrf"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

ANYMAIL = ProviderSettings(CONFIG.anymail)

CELERY_BROKER_URL = CONFIG.broker_url
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Nobody uses it, and its queue may belong to one worker of a host name only: on
# RabbitMQ a second one could not start beside it.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "winback.core.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds}
    for task, seconds in {
        "delivery.tick": 1.0,
        "reactions.judge_waiting_hits": 5.0,
        "delivery.recover": 15.0,
        "reactions.process_waiting_messages": 30.0,
        **({"reactions.poll_mailboxes": 60.0} if CONFIG.inbound_imap else {}),
        "reactions.forget_old_messages": 3600.0,
        "crm.continue_imports": 30.0,
        "consent.ask_about_domains": 60.0,
        "results.count_ignored": 600.0,
    }.items()
}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CONFIG.broker_url.startswith("redis"):
    # Without these a Redis that hangs holds whoever asks it, for ever.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 5,  # seconds
        "socket_timeout": 30,
        "socket_keepalive": True,
    }
if CONFIG.broker_url.startswith("filesystem:"):
    CELERY_BROKER_URL = "filesystem://localhost"  # kombu wants a host, and uses none
    BROKER_FOLDER = CONFIG.home / "broker"
    BROKER_FOLDER.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER),
        "data_folder_out": str(BROKER_FOLDER),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
        "polling_interval": 0.3,  # seconds
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
        "json": {"()": "winback.core.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": CONFIG.log_format}
    },
    # The clock ticks every two seconds: only its faults are worth a line.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("axes", "celery", "flufl.bounce", "mail.log")
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
