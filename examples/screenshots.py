"""Pictures of the live page, for the documentation: in light, in dark, on a phone, in Chinese.

Simulated kernels, the panel service and a headless Chromium, all on this machine::

    python -m examples.screenshots [FOLDER]

Needs `pip install playwright`, Debian's `chromium` and `fontconfig`, and a Chinese font such as `fonts-wqy-microhei`.
"""

import asyncio
import contextlib
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from znp_panel_sync.events import CallbackKind
from znp_panel_sync.events.envelopes import seal
from znp_panel_sync.health import Health
from znp_panel_sync.stores import SqlEventLedger
from znp_panel_sync.testing import KernelSimulator
from znp_panel_sync.web import PanelService, ServiceSettings

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
CITIES = ("frankfurt", "hong-kong", "paris", "singapore", "são-paulo", "tokyo")
POLL_SECONDS = 0.25
HISTORY_SECONDS = 12.0
TOKEN = secrets.token_urlsafe()

DESK = {"viewport": {"width": 1080, "height": 720}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PICTURES: Mapping[str, Mapping[str, Any]] = {
    "light": {**DESK, "color_scheme": "light", "locale": "en-GB"},
    "dark": {**DESK, "color_scheme": "dark", "locale": "en-GB"},
    "phone": {**PHONE, "color_scheme": "light", "locale": "en-GB"},
    "chinese": {**DESK, "color_scheme": "light", "locale": "zh-CN"},
}


def settings_of(kernels: Sequence[KernelSimulator], database: str) -> ServiceSettings:
    """The service's settings: all kernels by their cities, and one node that is switched off."""
    nodes: list[dict[str, object]] = [
        {"name": city, "control_endpoint": kernel.url} for city, kernel in zip(CITIES, kernels, strict=True)
    ]
    nodes.append({"name": "warsaw", "control_endpoint": "http://127.0.0.1:9", "status": "disabled"})
    return ServiceSettings.from_mapping(
        {
            "Kernel": {"StatusPollInterval": POLL_SECONDS},
            "Webhook": {"SharedToken": secrets.token_urlsafe()},
            "Serve": {"Database": database, "PageToken": TOKEN},
            "nodes": nodes,
        }
    )


def leave_a_dead_letter(database: str) -> None:
    """Record an event, and let its handler have failed for the last time."""
    ledger = SqlEventLedger(database)
    now_ms = int(time.time() * 1000)
    document = {"event": "node_unhealthy", "id": "edge-tokyo", "message": "upstream does not answer"}
    ledger.record(seal(CallbackKind.NODE_EVENT, document, source="10.0.3.17", received_at_ms=now_ms, handled=True))
    (event,) = ledger.claim(now_ms, lease_ms=1000, limit=1)
    ledger.bury(event, error="BindingStoreUnavailableError: the database is read-only")
    ledger.close()


@contextlib.asynccontextmanager
async def serving(service: PanelService, listening: socket.socket) -> AsyncIterator[None]:
    """Serve until the block ends."""
    server = service.server()
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


async def stir(kernels: Sequence[KernelSimulator]) -> None:
    """Let each kernel take its own time to answer, now more, now less."""
    chance = random.Random(7)  # noqa: S311 - the pictures should look alike each time
    usual = [chance.uniform(0.01, 0.12) for _ in kernels]
    while True:
        for kernel, seconds in zip(kernels, usual, strict=True):
            kernel.faults.clear()
            kernel.faults.slow(seconds * chance.uniform(0.7, 1.5), path="/v1/status")
        await asyncio.sleep(POLL_SECONDS)


async def play(kernels: Sequence[KernelSimulator]) -> None:
    """Give the page something to show."""
    for city, kernel in zip(CITIES, kernels, strict=True):
        kernel.add_node(f"edge-{city}")
        kernel.add_node(f"relay-{city}", protocol="ss")
    stirring = asyncio.create_task(stir(kernels))
    await asyncio.sleep(HISTORY_SECONDS)
    kernels[1].set_health("relay-hong-kong", Health.DEGRADED, message="half of the upstreams are slow")
    kernels[2].set_health("edge-paris", Health.UNHEALTHY)
    kernels[3].add_user("7")
    kernels[3].report_traffic("7", 48_318_382_080)
    await asyncio.to_thread(kernels[5].die)
    await asyncio.sleep(HISTORY_SECONDS / 4)
    stirring.cancel()


async def log_in(browser: Browser, url: str, options: Mapping[str, Any]) -> Page:
    """Open the page as somebody with these options does."""
    page = await browser.new_page(**options)
    await page.goto(url)
    await page.fill("#token", TOKEN)
    await page.click("button.primary")
    await page.wait_for_selector("#connection[data-state=live]")
    await page.wait_for_function(f"document.querySelectorAll('#rows tr').length === {len(CITIES) + 1}")
    return page


def need_chinese_font() -> None:
    """Refuse to draw empty boxes."""
    if not subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=True).stdout:  # noqa: S607
        sys.exit("The Chinese picture needs a font, such as Debian's fonts-wqy-microhei")


async def main(folder: Path) -> None:
    """Take all pictures."""
    need_chinese_font()
    async with contextlib.AsyncExitStack() as stack:
        database = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/panel.db"
        leave_a_dead_letter(database)
        kernels = [await stack.enter_async_context(KernelSimulator()) for _ in CITIES]
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        service = PanelService(settings_of(kernels, database), base_url=url)
        await stack.enter_async_context(serving(service, listening))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        await play(kernels)
        for name, options in PICTURES.items():
            page = await log_in(browser, url, options)
            await page.screenshot(path=folder / f"page-{name}.png", full_page=name != "phone")
            await page.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
