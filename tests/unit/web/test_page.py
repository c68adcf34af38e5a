"""The page's server over a poller in virtual time, spoken to as browsers do."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.unit.polling.support import World, host, node, refusing, world
from tests.unit.web.support import TOKEN, listed
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import NodeStatus, PollerStateError, StatusPoller
from znp_panel_sync.stores import MemoryNodeStore
from znp_panel_sync.web import LivePage
from znp_panel_sync.web._sessions import WRONG_LOGINS
from znp_panel_sync.web._watch import LISTING_SECONDS
from znp_panel_sync.web.page import BEAT_SECONDS, REQUEST_SECONDS, STREAM_SECONDS

OWN = {"Sec-Fetch-Site": "same-origin"}


def lets_everybody_in(_: object) -> bool:
    return True


@asynccontextmanager
async def idle_page(**options: Any) -> AsyncIterator[LivePage]:
    """A page over a poller without nodes."""
    async with StatusPoller(MemoryNodeStore()) as poller, LivePage(poller, **options) as page:
        yield page


@asynccontextmanager
async def virtual_page(**options: Any) -> AsyncIterator[tuple[LivePage, World]]:
    """A page over two kernels in virtual time."""
    async with (
        world(node(1), node(2), interval=1.0, guard=None) as running,
        LivePage(running.poller, token=TOKEN, **options) as page,
    ):
        yield page, running


@asynccontextmanager
async def browser(
    page: LivePage, *, base: str = "http://panel/status", **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of one person; the page is mounted at the path of `base`."""
    path = httpx.URL(base).path.rstrip("/")
    transport = httpx.ASGITransport(page, root_path=path)
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=OWN, **options) as client:
        yield client


@asynccontextmanager
async def viewer(page: LivePage) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who has logged in."""
    async with browser(page, timeout=None) as client:
        await log_in(client)
        yield client


async def log_in(client: httpx.AsyncClient, token: str = TOKEN, **options: Any) -> httpx.Response:
    return await client.post("login", data={"token": token}, **options)


async def board(client: httpx.AsyncClient, **query: str) -> Any:
    return (await client.get("board", params=query)).raise_for_status().json()


def frames(answer: httpx.Response) -> list[Any]:
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]


async def test_nothing_is_told_without_a_login() -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        first = await client.get("")
        assert (first.status_code, first.headers["location"]) == (303, "login")
        for path in ("board", "stream"):
            refused = await client.get(path)
            assert (refused.status_code, refused.json()) == (403, {"message": "forbidden"})
        assert (await client.post("replay", json={"numbers": [1]})).status_code == 403
        form = await client.get("login")
        assert (form.status_code, form.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert 'role="alert" hidden' in form.text


async def test_the_token_opens_the_page_until_the_logout() -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        answer = await log_in(client, f" {TOKEN} ")
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/status/" in cookie
        assert "Secure" not in cookie
        assert TOKEN not in cookie
        assert "<table" in (await client.get("")).text
        assert (await client.get("login")).headers["location"] == "./"
        kept = dict(client.cookies)
        assert (await client.post("logout")).headers["location"] == "login"
        assert not client.cookies
        client.cookies.update(kept)
        assert (await client.get("board")).status_code == 403, "a stolen cookie is worth nothing now"


async def test_the_cookie_of_https_is_never_sent_over_http() -> None:
    async with idle_page(token=TOKEN) as page, browser(page, base="https://panel/") as client:
        cookie = (await log_in(client)).headers["set-cookie"]
        assert "Secure" in cookie
        assert "Path=/;" in cookie


async def test_a_wrong_token_opens_nothing_and_has_to_wait() -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        for wrong in ("", "wrong", TOKEN[:-1], f"{TOKEN}x", "ключ")[:WRONG_LOGINS]:
            answer = await log_in(client, wrong)
            assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
            assert 'role="alert">This is not the token.' in answer.text.replace(" >", ">")
        answer = await log_in(client)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert 'role="alert">Too many wrong tokens.' in answer.text.replace(" >", ">")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://panel"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "http://panel"}, 403),
        ({"Origin": "http://panel"}, 303),
        ({"Origin": "http://evil"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
@pytest.mark.parametrize("path", ["login", "logout"])
async def test_other_sites_cannot_act_for_somebody(path: str, headers: dict[str, str], status: int) -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        del client.headers["Sec-Fetch-Site"]
        assert (await client.post(path, data={"token": TOKEN}, headers=headers)).status_code == status


async def test_a_login_has_its_limits() -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        assert (await log_in(client, "x" * 20_000)).status_code == 413
        assert (await client.post("login", content=b"\xff\xfe=&&token")).status_code == 401


@pytest.mark.looptime
async def test_whoever_logs_in_too_slowly_is_not_waited_for() -> None:
    async def receive() -> dict[str, str]:
        await asyncio.sleep(1000)
        return {"type": "http.disconnect"}

    async with virtual_page() as (page, _):
        assert await statuses_of_login(page, receive) == [408]


async def test_whoever_leaves_in_the_middle_of_a_login_gets_no_answer() -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async with idle_page(token=TOKEN) as page:
        assert await statuses_of_login(page, receive) == []


async def statuses_of_login(page: LivePage, receive: Callable[[], Awaitable[Any]]) -> list[int]:
    """Begin to log in with a body that comes in its own way; the statuses that were answered."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"sec-fetch-site", b"same-origin")]
    await page(
        {"type": "http", "method": "POST", "path": "/login", "headers": headers, "query_string": b""}, receive, send
    )
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


@pytest.mark.parametrize("answer", [False, 1, None, "yes"])
async def test_the_panels_own_check_decides(answer: object) -> None:
    async with idle_page(authorize=lambda _: answer) as page, browser(page) as client:
        for path in ("", "board", "stream"):
            assert (await client.get(path)).status_code == 403
        assert (await client.get("login")).status_code == 404


async def test_a_check_may_be_a_coroutine_function_and_one_that_fails_is_not_passed() -> None:
    async def admin(scope: Any) -> bool:
        return bool(dict(scope["headers"])[b"x-admin"])

    async with idle_page(authorize=admin) as page, browser(page) as client:
        assert (await client.get("")).status_code == 403
        passed = await client.get("", headers={"X-Admin": "1"})
        assert passed.status_code == 200
        assert 'action="logout" hidden' in passed.text


async def test_a_stream_is_for_those_whom_the_panel_lets_in() -> None:
    async with idle_page(authorize=lets_everybody_in) as page, browser(page) as client:
        asyncio.get_running_loop().call_later(0.2, page.end_streams)
        assert frames(await client.get("stream"))[0]["order"] == []


async def test_every_answer_keeps_other_sites_out() -> None:
    async with idle_page(token=TOKEN) as page, browser(page) as client:
        for path in ("", "login", "board", "page.js", "nowhere"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
        assert (await client.get("nowhere")).status_code == 404
        script = await client.get("page.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert (await client.get("login")).headers["cache-control"] == "no-store"


async def test_the_language_is_chosen_and_kept() -> None:
    async with idle_page(authorize=lets_everybody_in) as page, browser(page) as client:
        assert '<html lang="en"' in (await client.get("")).text
        assert '<html lang="zh-Hans"' in (await client.get("", headers={"Accept-Language": "zh-CN"})).text
        chosen = await client.get("", params={"lang": "zh"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/status/")
        assert '<html lang="zh-Hans"' in (await client.get("")).text
        assert (await client.get("", params={"lang": "xx"})).status_code == 200


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "")])
async def test_the_theme_is_kept(cookie: str, theme: str) -> None:
    async with idle_page(authorize=lets_everybody_in) as page, browser(page, cookies={"znp_theme": cookie}) as client:
        assert f'data-theme="{theme}"' in (await client.get("")).text


@pytest.mark.looptime
async def test_the_board_shows_what_the_poller_knows() -> None:
    async with virtual_page(name_of=lambda one: f"node {one}") as (page, running), viewer(page) as client:
        await asyncio.sleep(2)
        first = await board(client)
        assert [(row["name"], row["condition"]) for row in first["rows"]] == [
            ("node 1", "online"),
            ("node 2", "online"),
        ]
        running.kernels.let(refusing, host(2))
        await asyncio.sleep(2)
        offline = await board(client, status="offline")
        assert [row["name"] for row in offline["rows"]] == ["node 2"]
        assert offline["rows"][0]["transition"]["reason"] == "refused"
        assert [entry["node"] for entry in offline["feed"]] == ["node 2"]
        assert "letters" not in offline


@pytest.mark.looptime
async def test_nodes_that_are_not_polled_are_shown_from_the_store() -> None:
    store = MemoryNodeStore([listed(9, status=NodeStatus.DISABLED)])
    async with virtual_page(nodes=store) as (page, _), viewer(page) as client:
        await asyncio.sleep(2)
        assert [row["condition"] for row in (await board(client))["rows"]] == ["online", "online", "disabled"]


class FailingStore(MemoryNodeStore):
    """Cannot be read, for a reason that nobody else may see."""

    async def list_nodes(self) -> Any:
        raise ConnectionError(TOKEN)


class StrangeStore(MemoryNodeStore):
    """Has a node with an id that no page can be told of."""

    async def list_nodes(self) -> Any:
        return [listed(b"id")]  # type: ignore[arg-type]


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("nodes", "logged"),
    [(FailingStore(), "read the nodes, {}: ConnectionError"), (StrangeStore(), "look at the poller, {}: TypeError")],
)
async def test_a_page_that_may_be_out_of_date_says_so_and_goes_on(
    nodes: MemoryNodeStore, logged: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.WARNING, "znp_panel_sync.web"):
        async with virtual_page(nodes=nodes) as (page, _), viewer(page) as client:
            await asyncio.sleep(2 * LISTING_SECONDS)
            assert (await board(client))["troubled"]
            monkeypatch.setattr(type(nodes), "list_nodes", MemoryNodeStore.list_nodes)
            await asyncio.sleep(2 * LISTING_SECONDS)
            later = await board(client)
    assert (later["troubled"], later["counts"]["online"]) == (False, 2)
    assert caplog.messages == [f"The live page cannot {logged.format('and goes on trying')}"], "once"


@pytest.mark.looptime
async def test_a_stream_tells_what_is_new_and_ends_in_time() -> None:
    async with virtual_page() as (page, running), viewer(page) as client:
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        loop.call_later(7, running.kernels.let, refusing, host(1))
        began = loop.time()
        answer = await client.get("stream")
        assert loop.time() - began == pytest.approx(STREAM_SECONDS, abs=BEAT_SECONDS)
        assert answer.headers["content-type"].startswith("text/event-stream")
        first, *later = frames(answer)
        assert first["order"] == ["1", "2"]
        assert next(frame["order"] for frame in later if frame.get("counts", {}).get("offline")) == ["1", "2"]
        told = [entry["status"] for frame in later for entry in frame.get("feed", ())]
        assert told == ["offline"], "each transition once"


@pytest.mark.looptime
async def test_a_stream_says_that_it_is_alive_when_nothing_happens() -> None:
    async with world() as running, LivePage(running.poller, token=TOKEN) as page, viewer(page) as client:
        _, *later = frames(await client.get("stream"))
    assert len(later) == STREAM_SECONDS / BEAT_SECONDS - 1
    assert all(frame.keys() == {"now", "started"} for frame in later)


@pytest.mark.looptime
async def test_streams_end_when_the_page_stops() -> None:
    async with virtual_page() as (page, _), viewer(page) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(3, page.end_streams)
        await client.get("stream")
        assert loop.time() - began == pytest.approx(3, abs=0.1)


@pytest.mark.looptime
async def test_a_stream_ends_with_its_session() -> None:
    async with virtual_page() as (page, _), viewer(page) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        stream = asyncio.create_task(client.get("stream"))
        await asyncio.sleep(3)
        await client.post("logout")
        await stream
        assert loop.time() - began <= 3 + BEAT_SECONDS


@pytest.mark.looptime
async def test_whoever_stops_reading_a_stream_is_let_go() -> None:
    async def never(*_: object) -> Any:
        await asyncio.sleep(10_000)

    async with virtual_page() as (page, _), viewer(page) as client:
        (cookie,) = client.cookies.items()
        headers = [(b"cookie", "=".join(cookie).encode())]
        began = asyncio.get_running_loop().time()
        await page(
            {"type": "http", "method": "GET", "path": "/stream", "headers": headers, "query_string": b""}, never, never
        )
        assert asyncio.get_running_loop().time() - began == pytest.approx(REQUEST_SECONDS)


@pytest.mark.looptime
async def test_viewers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.web.page.MOST_VIEWERS", 1)
    async with virtual_page() as (page, _), viewer(page) as client:
        first = asyncio.create_task(client.get("stream"))
        await asyncio.sleep(1)
        assert (await client.get("stream")).status_code == 503
        await first
        second = asyncio.create_task(client.get("stream"))
        await asyncio.sleep(1)
        page.end_streams()
        assert (await second).status_code == 200


@pytest.mark.looptime
async def test_a_page_starts_and_stops_at_any_time() -> None:
    async with world(node(1), interval=1.0) as running:
        page = LivePage(running.poller, token=TOKEN)
        await page.stop()
        await page.start()
        await page.start()
        await page.stop()
        await page.stop()
        async with page, viewer(page) as client:
            await asyncio.sleep(2)
            assert len((await board(client))["rows"]) == 1
    with pytest.raises(PollerStateError, match="not running"):
        await page.start()


async def test_what_is_not_http_is_served_too() -> None:
    messages: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        messages.append(message["type"])

    async with idle_page(token=TOKEN) as page:
        await page({"type": "lifespan"}, receive, send)
    assert messages == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_replaying_needs_a_ledger() -> None:
    async with idle_page(authorize=lets_everybody_in) as page, browser(page) as client:
        answer = await client.post("replay", json={"numbers": [1]})
        assert (answer.status_code, answer.json()) == (404, {"message": "there is no ledger"})


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "token: is missing, and so is authorize"),
        ({"token": TOKEN, "authorize": lets_everybody_in}, "choose one"),
        ({"token": "short"}, "at least 16 characters"),
    ],
)
def test_who_may_see_the_page_has_to_be_said(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        LivePage(StatusPoller(MemoryNodeStore()), **options)
    assert caught.value.field == "token"
