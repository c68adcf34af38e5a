"""The panel service on a real port, and somebody who looks at its page."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.unit.events.support import NODE_EVENT
from tests.unit.web.support import TOKEN
from znp_panel_sync.events import CallbackKind
from znp_panel_sync.events.envelopes import seal
from znp_panel_sync.stores import SqlEventLedger
from znp_panel_sync.web import PanelService, ServiceSettings

PATIENCE = 30_000
"""How long a test waits for what must come to be seen, in milliseconds."""

expect.set_options(timeout=PATIENCE)


class RunningService:
    """A panel service with its server in a thread; may be stopped and started again on the same port and database."""

    def __init__(self, folder: Path, nodes: Iterable[Mapping[str, Any]]) -> None:
        self._settings = ServiceSettings.from_mapping(
            {
                "Kernel": {"StatusPollInterval": 0.2},
                "Webhook": {"SharedToken": "from kernels"},
                "Serve": {"Database": database_in(folder), "PageToken": TOKEN},
                "nodes": list(nodes),
            }
        )
        self._port = 0

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> Self:
        """Serve; the first time on any free port."""
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listening.getsockname()[1]
        self._server = PanelService(self._settings, base_url=self.url).server()
        self._thread = threading.Thread(target=self._server.run, args=([self._listening],))
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the server and everything in it."""
        self._server.should_exit = True
        self._thread.join(60)
        self._listening.close()


@contextmanager
def running_service(folder: Path, *nodes: Mapping[str, Any]) -> Iterator[RunningService]:
    """Serve the page of these nodes, every one of them by the fields of the service's file."""
    service = RunningService(folder, nodes).start()
    try:
        yield service
    finally:
        service.stop()


def leave_letters(folder: Path, source: str, message: str, count: int) -> None:
    """Leave events in the database of a service that does not run, whose handlers failed for the last time."""
    ledger = SqlEventLedger(database_in(folder))
    now_ms = int(time.time() * 1000)
    for number in range(count):
        document = {**NODE_EVENT, "event_id": f"{number}", "message": message}
        ledger.record(seal(CallbackKind.NODE_EVENT, document, source=source, received_at_ms=now_ms, handled=True))
        (event,) = ledger.claim(now_ms, lease_ms=1000, limit=1)
        ledger.bury(event, error=f"ValueError: {message}")
    ledger.close()


def database_in(folder: Path) -> str:
    return f"sqlite:///{folder}/panel.db"


class Looker:
    """A browser's tab, and what must not happen in it: errors, and requests that leave the machine."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        page.on("request", self._see)

    async def log_in(self, token: str = TOKEN) -> None:
        """Log in by keyboard alone."""
        await self.page.goto(self.url)
        await expect(self.page.locator("#token")).to_be_focused()
        await self.page.keyboard.type(token)
        await self.page.keyboard.press("Enter")

    async def look(self) -> Self:
        """Log in, and wait until the page follows the nodes."""
        await self.log_in()
        await expect(self.page.locator("#connection[data-state=live]")).to_be_visible()
        return self

    def row(self, name: str) -> Locator:
        """The row of a node."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))

    def status(self, name: str) -> Locator:
        """The word for the condition of a node."""
        return self.row(name).get_by_role("cell").first.locator(".badge")

    def assert_untroubled(self) -> None:
        """Check that there was neither an error nor a request to elsewhere."""
        assert self.troubles == []
        assert self.hosts == {urlsplit(self.url).netloc}

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _see(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)


@asynccontextmanager
async def looking(
    chromium: Browser, service: RunningService, *, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[Looker]:
    """Open a tab for somebody with these options of the browser."""
    context = await chromium.new_context(**{"locale": "en-GB", **options})
    context.set_default_timeout(PATIENCE)
    try:
        yield Looker(await context.new_page(), service.url.replace("127.0.0.1", host))
    finally:
        await context.close()
