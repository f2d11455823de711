"""All settings, from the environment; what is not set gets the embedded default (see the README's table)."""

import warnings
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.embedded import broker_socket, load_secrets
from config.environment_keys import is_fernet_key, read_keys

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SHARED = bool(env.str("DATABASE_URL", default=""))
"""Whether other machines work on the same database: then what is made once for this one alone will not do."""
DATA_DIR = Path(env.str("THROUGHLINE_DATA", default=str(BASE_DIR / "var"))).resolve()
"""Database, pictures, secrets and broker of the embedded default."""

# --- who may come in -------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
"""The address people use, without a path. https switches on secure cookies and HSTS."""

_HTTPS = PUBLIC_URL.startswith("https://")

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if SHARED:
        raise ImproperlyConfigured("Set SECRET_KEY: machines that share a database must share it.")
    SECRET_KEY = load_secrets(DATA_DIR)["secret_key"]
elif len(SECRET_KEY) < 32 or len(set(SECRET_KEY)) < 8 or "change" in SECRET_KEY.lower():
    raise ImproperlyConfigured("SECRET_KEY is a sample or too short: use 50 random characters.")
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
"""Fernet keys that vendors' keys are stored with: the first one seals, all of them open."""
if not ENCRYPTION_KEYS and not SHARED:
    ENCRYPTION_KEYS = [load_secrets(DATA_DIR)["encryption_key"]]
if not all(is_fernet_key(key) for key in ENCRYPTION_KEYS):
    raise ImproperlyConfigured("ENCRYPTION_KEYS are Fernet keys: 32 bytes each, as URL-safe base64.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname])
TRUSTED_ORIGINS = env.list("TRUSTED_ORIGINS", default=[PUBLIC_URL])
"""Full origins (scheme, host, port) whose pages may send forms and open sockets."""
CSRF_TRUSTED_ORIGINS = TRUSTED_ORIGINS

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=_HTTPS) else None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600 if _HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# --- the program -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "generation",  # before django_rq: its `rqworker` is ours
    "storyboards",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_rq",
    "corsheaders",
    "csp",
    "axes",
]
MIDDLEWARE = [
    # All of them can wait without a thread: a single one that cannot would keep one for every call that waits.
    "django.middleware.security.SecurityMiddleware",
    "config.static.StaticFiles",
    "corsheaders.middleware.CorsMiddleware",
    "generation.api.problems.ErrorShapes",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generation.context.stops",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # daphne serves no static files itself, and there is no collectstatic step to forget
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the admin's inline of a 500-step project

# --- programs ---------------------------------------------------------------------------------------------------------

CORS_ALLOWED_ORIGINS = env.list("CORS_ORIGINS", default=["http://localhost:3000", "http://localhost:5173"])
"""Full origins whose pages may call the API from a browser: by token, never with cookies."""
CORS_URLS_REGEX = r"^/(api|step-images|images)/"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "last-event-id", "cache-control"]
CORS_EXPOSE_HEADERS = ["retry-after", "idempotency-replayed", "location"]
LOCAL_USER = env.bool("LOCAL_USER", default=False)
"""Whether calls of the earlier systems' paths without a token act as the user `local`. `up` says so to the web process
where nobody but this machine can reach it."""
API_READS_A_MINUTE = env.int("API_READS_A_MINUTE", default=600)
API_WRITES_A_MINUTE = env.int("API_WRITES_A_MINUTE", default=120)
"""Of one token and one web process; more is answered with 429 and when to come again."""
API_OPEN_AT_ONCE = env.int("API_OPEN_AT_ONCE", default=500)
"""Sockets, streams, downloads and waiting calls of one person's programs at a time, in one web process."""
API_WAIT_SECONDS = env.float("API_WAIT_SECONDS", default=300.0)
"""How long a call that answers with a picture waits for it."""
SESSION_HOURS = env.float("SEQUENCE_SESSION_HOURS", default=24.0)
"""A sequence session ends this long after its last call; its project stays."""
PICTURE_LINK_HOURS = 24
EXPORTS_KEPT_HOURS = env.float("EXPORTS_KEPT_HOURS", default=24.0)

# --- where things are kept -------------------------------------------------------------------------------------------

EMBEDDED_DATABASE = f"sqlite:///{DATA_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", default="") or EMBEDDED_DATABASE)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Two writers fail with "database is locked" under Django's defaults; a transaction that takes its lock first
    # never does.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # Nobody holds a connection while a vendor works, so a few serve a hundred threads; the default, four, are too few.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 12}

MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

REDIS_URL = env.str("REDIS_URL", default=f"unix://{broker_socket(DATA_DIR)}")
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": -1, "SERIALIZER": "rq.serializers.JSONSerializer"}
    for name in ("pictures", "files")
}
RQ = {"JOB_CLASS": "generation.rq.AllowedJob", "DEFAULT_RESULT_TTL": 0, "COMMIT_MODE": "on_db_commit"}
RQ_SHOW_ADMIN_LINK = False  # its second set of pages, inside the admin, lets any staff empty queues and run jobs
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}

# --- who makes pictures ----------------------------------------------------------------------------------------------

ENVIRONMENT_KEYS = read_keys(env.ENVIRON)
PROVIDERS = {
    "gemini": {
        "base_url": env.str("GEMINI_BASE_URL", default="https://generativelanguage.googleapis.com"),
        "api_version": env.str("GEMINI_API_VERSION", default="v1beta"),  # v1 has refused imageConfig
    },
    "openai": {"base_url": env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1")},
    "runpod": {
        "base_url": env.str("RUNPOD_BASE_URL", default="https://api.runpod.ai/v2"),
        "endpoints": {
            "main": env.str("RUNPOD_SERVER_100_ID", default=""),
            "alternative": env.str("RUNPOD_SERVER_150_ID", default=""),
            "fast": env.str("RUNPOD_SERVER_SCHNELL_ID", default=""),
        },
        "sync_timeout": env.float("SYNC_TIMEOUT", default=700.0),
        "polling_interval": env.float("POLLING_INTERVAL", default=1.0),
        "max_polling_duration": env.float("MAX_POLLING_DURATION", default=180.0),
        "max_polling_attempts": env.int("MAX_POLLING_ATTEMPTS", default=120),
        "fetch_hosts": env.list("PICTURE_HOSTS", default=[]),
    },
    "comfyui": {"hosts": env.list("COMFYUI_HOSTS", default=[])},
}
"""What each provider's class is built with."""

# --- limits of people and machine ------------------------------------------------------------------------------------

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=10 * 1024 * 1024)
PICTURE_MAX_PIXELS = 40_000_000
MAX_STEPS = env.int("MAX_STEPS", default=500)
MAX_STEP_CHARACTERS = 20_000
EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=7)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "rq": {"level": "WARNING"},
        "rq.registry": {"level": "ERROR"},  # a killed worker's job: our leases know better, and say so
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        # What vendors' libraries would tell of every request; at DEBUG, headers and bodies.
        **{name: {"level": "WARNING"} for name in ("httpx2", "httpcore2", "google_genai", "openai", "websockets")},
    },
}

# WhiteNoise answers with a file that Django's ASGI handler reads at once; the files are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
