"""`python -m django poll`: poll and handle events in a process of its own, beside any number of workers."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from ...panel import Background


class Command(BaseCommand):
    help = "Poll the nodes and handle received events, until SIGTERM or SIGINT."

    def handle(self, *_: Any, **__: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        background = Background()
        background.start()
        ended.wait()
        background.stop()
        self.stdout.write("stopped")
