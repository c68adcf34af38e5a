"""All settings of the panel; secrets come from the environment."""

import os
import secrets
from pathlib import Path

DATABASE_FILE = Path(os.environ.get("PANEL_DATABASE", "panel.db")).absolute()

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_urlsafe()  # nothing is signed in this panel
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = f"{__package__}.urls"
WSGI_APPLICATION = f"{__package__}.wsgi.application"
INSTALLED_APPS = [str(__package__)]
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE_FILE,
        "OPTIONS": {"timeout": 5, "transaction_mode": "IMMEDIATE"},
    }
}

PANEL_DATABASE_URL = f"sqlite:///{DATABASE_FILE}"
"""The same database for the stores that are not Django's: the ledger of callbacks, and the bindings."""

PANEL_BASE_URL = os.environ.get("PANEL_BASE_URL", "http://127.0.0.1:8000")
"""The panel as its kernels reach it: they call back there."""

PANEL_POLLS = os.environ.get("PANEL_POLLS", "1") == "1"
"""Whether the server's own process polls. With several workers: 0, and `python -m django poll` beside them."""

PANEL_INTERVAL_SECONDS = float(os.environ.get("PANEL_INTERVAL_SECONDS", "30"))
WEBHOOK_TOKEN = os.environ.get("WEBHOOK_TOKEN", "")
ADMIN_TOKEN = os.environ.get("ADMIN_TOKEN", "")
