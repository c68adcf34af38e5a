"""The page in a real browser."""

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.functional.web.support import RunningService, leave_letters, looking, running_service
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator
from znp_panel_sync.web._feed import LETTERS

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
HOSTILE = "<img src=x onerror=\"alert('node')\">"
HOSTILE_MESSAGE = "</pre><script>alert('event')</script>"
LONG = "a-name-without-any-place-to-break-it-" * 4


@pytest.fixture(scope="module")
def kernels() -> Iterator[tuple[KernelSimulator, KernelSimulator]]:
    """Two kernels with a node each; the second one's is degraded."""
    with KernelSimulator() as tokyo, KernelSimulator() as paris:
        tokyo.add_node("edge-tokyo")
        paris.add_node("edge-paris", health=Health.DEGRADED)
        yield tokyo, paris


@pytest.fixture(scope="module")
def service(
    kernels: tuple[KernelSimulator, KernelSimulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """The service with these kernels, a hostile name, a long one, and a dead letter that is hostile too."""
    nodes: list[dict[str, Any]] = [
        {"name": name, "control_endpoint": kernel.url} for name, kernel in zip(("tokyo", "paris"), kernels, strict=True)
    ]
    nodes += [
        {"name": name, "control_endpoint": "http://127.0.0.1:9", "status": "disabled"} for name in (HOSTILE, LONG)
    ]
    folder = tmp_path_factory.mktemp("service")
    leave_letters(folder, source=HOSTILE, message=HOSTILE_MESSAGE, count=2)
    with running_service(folder, *nodes) as running:
        yield running


async def violations(page: Page) -> list[str]:
    """What a checker of accessibility finds."""
    response = (await Axe().run(page)).response
    return [f"{one['id']}: {node['html']}" for one in response["violations"] for node in one["nodes"]]


async def scrolls_sideways(page: Page) -> bool:
    wide: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


async def outside_of_their_rows(page: Page) -> list[str]:
    """What is drawn beside the row that it belongs to."""
    found: list[str] = await page.evaluate(
        """[...document.querySelectorAll("#rows tr *")].filter((one) => {
            const [inner, outer] = [one, one.closest("tr")].map((element) => element.getBoundingClientRect());
            return inner.width && (inner.right > outer.right + 3 || inner.left < outer.left - 3);
        }).map((one) => one.outerHTML)"""
    )
    return found


async def test_a_kernel_dies_and_its_row_changes_within_two_seconds(
    chromium: Browser, service: RunningService, kernels: tuple[KernelSimulator, KernelSimulator]
) -> None:
    tokyo, _ = kernels
    fastest = 60.0
    async with looking(chromium, service) as tab:
        await tab.look()
        for _ in range(3):  # on a machine that is busy with other things, one of them has to be as promised
            await expect(tab.status("tokyo")).to_have_text("online")
            died_at = time.monotonic()
            await asyncio.to_thread(tokyo.die)
            await expect(tab.status("tokyo")).to_have_text("offline")
            fastest = min(fastest, time.monotonic() - died_at)
            await expect(tab.row("tokyo")).to_contain_text("connection refused")
            await expect(tab.page.locator("#announcement")).to_have_text("tokyo is offline")
            await asyncio.to_thread(tokyo.come_back)
            if fastest < 2:
                break
        await expect(tab.row("tokyo")).to_contain_text("offline → online")
        await expect(tab.page.locator("#feed li").first).to_contain_text("tokyo: offline → online")
        await expect(tab.row("paris")).to_contain_text("edge-paris")
        await expect(tab.row("paris").get_by_role("img")).to_have_accessible_name(re.compile("^Latency of the last"))
        tab.assert_untroubled()
    assert fastest < 2


async def test_hostile_names_and_events_stay_text(chromium: Browser, service: RunningService) -> None:
    async with looking(chromium, service) as tab:
        await tab.look()
        await expect(tab.page.locator("#rows .name", has_text="<img")).to_have_text(HOSTILE)
        await expect(tab.page.locator("#feed .summary", has_text="<img")).to_have_count(2)
        for details in await tab.page.locator("details").all():
            await details.locator("summary").click()
        await expect(tab.page.locator("#letters pre").first).to_contain_text(HOSTILE_MESSAGE)
        await expect(tab.page.locator("#letters .error").first).to_have_text(f"ValueError: {HOSTILE_MESSAGE}")
        await tab.page.get_by_role("searchbox").fill("<img onerror")
        await expect(tab.page.locator("#rows tr")).to_have_count(1)
        assert await tab.page.locator("main img, main script").count() == 0
        tab.assert_untroubled()


async def test_it_is_for_everybody(chromium: Browser, service: RunningService) -> None:
    """No violations of accessibility on the login and the page, light and dark; and no need of a mouse."""
    async with looking(chromium, service) as tab:
        keyboard = tab.page.keyboard
        await tab.page.goto(service.url)
        assert await violations(tab.page) == []
        await tab.look()
        await expect(tab.page.locator("#letters li")).to_have_count(2)
        assert await violations(tab.page) == []

        await keyboard.press("Tab")
        await expect(tab.page.get_by_role("link", name="Skip to the nodes")).to_be_focused()
        await keyboard.press("Enter")
        await expect(tab.page.get_by_role("table", name="Nodes")).to_be_focused()

        await tab.page.get_by_role("searchbox", name="Search nodes").focus()
        await keyboard.type("edge-PARIS")
        await expect(tab.page.locator("#rows tr")).to_have_count(1)
        assert "q=edge-PARIS" in tab.page.url
        await tab.page.reload()
        await expect(tab.page.locator("#rows tr")).to_have_count(1)
        await tab.page.get_by_role("searchbox").fill("")

        await tab.page.get_by_role("button", name="Degraded 1").focus()
        await keyboard.press("Space")
        await expect(tab.page.get_by_role("button", name="Degraded 1")).to_have_attribute("aria-pressed", "true")
        await expect(tab.page.locator("#rows tr")).to_have_count(1)

        await tab.page.get_by_role("button", name="Dark").focus()
        await keyboard.press("Enter")
        await expect(tab.page.locator("body")).to_have_css("background-color", "rgb(15, 19, 24)")
        await tab.page.reload()
        await expect(tab.page.get_by_role("button", name="Light")).to_be_visible()
        await expect(tab.page.locator("#rows tr")).to_have_count(1)
        await expect(tab.page.locator("#letters li")).to_have_count(2)
        assert await violations(tab.page) == []
        tab.assert_untroubled()


async def test_it_is_read_on_a_phone_in_chinese(chromium: Browser, service: RunningService) -> None:
    async with looking(chromium, service, **PHONE, locale="zh-CN", color_scheme="dark") as tab:
        await tab.look()
        await expect(tab.page).to_have_title("节点 · znp-panel-sync")
        await expect(tab.row("paris")).to_contain_text("降级")
        await expect(tab.page.locator("body")).to_have_css("background-color", "rgb(15, 19, 24)")
        await expect(tab.row(LONG)).to_be_visible()
        for width in (320, 768, 896, 900, 360):
            await tab.page.set_viewport_size({"width": width, "height": 740})
            assert not await scrolls_sideways(tab.page), width
            assert await outside_of_their_rows(tab.page) == [], width
        assert await violations(tab.page) == []

        await tab.page.get_by_role("link", name="English").click()
        await expect(tab.row("paris")).to_contain_text("degraded")
        await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
        assert not await scrolls_sideways(tab.page)
        tab.assert_untroubled()


async def test_only_the_token_opens_the_page_also_of_another_machine(
    chromium: Browser, service: RunningService
) -> None:
    """Over plain HTTP, browsers say which site a request comes from to the loopback alone."""
    async with looking(chromium, service, host="panel.test") as tab:
        await tab.log_in("a wrong token, certainly")
        await expect(tab.page.get_by_role("alert")).to_have_text("This is not the token.")
        assert await tab.page.context.cookies() == []
        await tab.look()
        assert all(cookie["httpOnly"] for cookie in await tab.page.context.cookies())
        assert await tab.page.evaluate("document.cookie") == ""
        await tab.page.get_by_role("button", name="Log out").click()
        await expect(tab.page.get_by_label("Token")).to_be_focused()
        await tab.page.goto(tab.url)
        assert tab.page.url == f"{tab.url}login"


async def test_dead_letters_are_tried_again(
    chromium: Browser, kernels: tuple[KernelSimulator, KernelSimulator], tmp_path: Path
) -> None:
    leave_letters(tmp_path, source="192.0.2.1", message="no", count=LETTERS + 3)
    with running_service(tmp_path, {"control_endpoint": kernels[0].url}) as service:
        async with looking(chromium, service) as tab:
            await tab.look()
            await tab.page.get_by_role("link", name=f"Dead letters {LETTERS}+").click()
            await expect(tab.page.get_by_role("heading", name="Dead letters")).to_be_in_viewport()
            await tab.page.get_by_role("button", name="Try event 2 again").focus()
            await tab.page.keyboard.press("Enter")
            await expect(tab.page.get_by_role("status").filter(has_text="handled again: 1")).to_be_visible()
            await expect(tab.page.locator("#letters li")).to_have_count(LETTERS)
            await expect(tab.page.get_by_role("button", name="Try event 1 again")).to_be_focused()
            await tab.page.get_by_role("button", name="Try all again").click()
            await expect(tab.page.get_by_role("link", name=re.compile("Dead letters 2$"))).to_be_visible()
            await tab.page.get_by_role("button", name="Try all again").click()
            await expect(tab.page.get_by_text("None. Every event was handled.")).to_be_visible()
            tab.assert_untroubled()


async def test_it_goes_on_after_the_server_was_restarted_and_where_no_stream_comes_through(
    chromium: Browser, kernels: tuple[KernelSimulator, KernelSimulator], tmp_path: Path
) -> None:
    nodes: list[dict[str, Any]] = [
        {"id": number, "control_endpoint": "http://127.0.0.1:9", "status": "disabled"} for number in range(1, 2501)
    ]
    tokyo = {"name": "tokyo", "id": 0, "control_endpoint": kernels[0].url, "status": "online"}
    with running_service(tmp_path, tokyo, *nodes) as service:
        async with looking(chromium, service) as tab:
            await tab.look()
            await expect(tab.page.locator("#rows tr")).to_have_count(100)
            await expect(tab.page.locator("#shown")).to_have_text("100 of 2501 shown")
            await tab.page.get_by_role("button", name="Show more").click()
            await expect(tab.page.locator("#rows tr")).to_have_count(200)

            await asyncio.to_thread(kernels[0].die)
            await expect(tab.page.locator("#announcement")).to_have_text("tokyo is offline")
            await asyncio.to_thread(kernels[0].come_back)
            await expect(tab.page.locator("#announcement")).to_have_text("tokyo is online")

            await asyncio.to_thread(service.stop)
            await expect(tab.page.get_by_role("status").filter(has_text="No connection")).to_be_visible()
            service.start()
            await expect(tab.page.get_by_role("status").filter(has_text="Live")).to_be_visible()

            await tab.page.route("**/stream?*", lambda route: route.abort())
            await tab.page.reload()
            await expect(tab.page.get_by_role("status").filter(has_text="Updated every few seconds")).to_be_visible()
            await expect(tab.page.locator("#rows tr")).to_have_count(100)
