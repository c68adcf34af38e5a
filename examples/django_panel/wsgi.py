"""The panel for WSGI servers, `runserver` among them. What polls is started here, as only servers import this."""

import atexit

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

if settings.PANEL_POLLS:
    from .panel import Background

    background = Background()
    background.start()
    atexit.register(background.stop)
