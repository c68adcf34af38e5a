"""The panel for ASGI servers. What polls is a process of its own then: `python -m django poll`."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
