"""The page over a real ledger, and over a poller with a thread of its own."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.events.support import NODE_EVENT
from znp_panel_sync.events import CallbackKind
from znp_panel_sync.events.envelopes import seal
from znp_panel_sync.polling import BackgroundPoller, Node, StatusPoller
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import MemoryNodeStore, SqlEventLedger
from znp_panel_sync.testing import KernelSimulator
from znp_panel_sync.web import LivePage
from znp_panel_sync.web._bell import Bell
from znp_panel_sync.web._feed import ENTRIES, Feed
from znp_panel_sync.web._ledger import LedgerWatch


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlEventLedger]:
    opened = SqlEventLedger(f"sqlite:///{tmp_path}/panel.db")
    yield opened
    opened.close()


@asynccontextmanager
async def board_of(ledger: SqlEventLedger) -> AsyncIterator[httpx.AsyncClient]:
    """The page of a ledger and no nodes, as its own script speaks to it."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with (
        StatusPoller(MemoryNodeStore()) as poller,
        LivePage(poller, ledger=ledger, authorize=lambda _: True) as page,
        httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url="http://panel", headers=headers) as client,
    ):
        yield client


def record(ledger: SqlEventLedger, *numbers: int, handled: bool = False) -> None:
    for number in numbers:
        document = {**NODE_EVENT, "event_id": str(number), "message": f"message {number}"}
        ledger.record(seal(CallbackKind.NODE_EVENT, document, source="192.0.2.1", received_at_ms=1000, handled=handled))


def bury_all(ledger: SqlEventLedger) -> None:
    """Let the handler of each waiting event fail for the last time."""
    now_ms = int(time.time() * 1000)
    while events := ledger.claim(now_ms, lease_ms=1000, limit=10):
        for event in events:
            ledger.bury(event, error="ValueError: <b>no</b>")


async def board_when(client: httpx.AsyncClient, holds: Callable[[Any], object]) -> Any:
    """The board as soon as something holds of it."""
    async with asyncio.timeout(20):
        while not holds(board := (await client.get("board")).json()):  # noqa: ASYNC110 - it happens in threads
            await asyncio.sleep(0.02)
    return board


def shown(board: Any) -> list[int]:
    return [entry["number"] for entry in board.get("feed", ())]


async def test_events_are_shown_as_they_are_recorded(ledger: SqlEventLedger) -> None:
    record(ledger, 1, 2)
    async with board_of(ledger) as client:
        board = await board_when(client, shown)
        assert shown(board) == [1, 2]
        assert "message 1" in board["feed"][0]["body"]
        assert board["letters"] == []
        record(ledger, 3)
        assert shown(await board_when(client, lambda one: len(shown(one)) > 2)) == [1, 2, 3]


async def test_of_very_many_events_the_newest_are_shown(ledger: SqlEventLedger) -> None:
    record(ledger, *range(1, ENTRIES + 31))
    async with board_of(ledger) as client:
        assert shown(await board_when(client, shown)) == list(range(31, ENTRIES + 31))


async def test_dead_letters_are_shown_and_replayed(ledger: SqlEventLedger) -> None:
    record(ledger, 1, 2, handled=True)
    bury_all(ledger)
    async with board_of(ledger) as client:
        letters = (await board_when(client, lambda one: one.get("letters")))["letters"]
        assert [(letter["number"], letter["attempts"]) for letter in letters] == [(1, 1), (2, 1)]
        assert letters[0]["error"] == "ValueError: <b>no</b>"
        assert (await client.post("replay", json={"numbers": [1, 7]})).json() == {"replayed": 1}
        assert [letter["number"] for letter in (await client.get("board")).json()["letters"]] == [2], "at once"
        assert (await client.post("replay", json={"numbers": [2]}, headers={"Sec-Fetch-Site": "x"})).status_code == 403
        assert [letter.number for letter in ledger.dead_letters()] == [2]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b'{"numbers":1}',
        b'{"numbers":[true]}',
        b'{"numbers":["1"]}',
        b'{"numbers":[9223372036854775808]}',
        b'{"numbers":[0]}',
        b'{"numbers":[%b]}',
    ],
)
async def test_what_cannot_be_replayed_is_refused(ledger: SqlEventLedger, body: bytes) -> None:
    async with board_of(ledger) as client:
        answer = await client.post("replay", content=body.replace(b"%b", b",".join([b"1"] * 51)))
        assert answer.status_code == 400


async def test_the_page_goes_on_without_its_ledger(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/missing/panel.db")
    feed = Feed()
    watch = LedgerWatch(ledger, feed, Bell())
    with caplog.at_level(logging.WARNING, "znp_panel_sync.web"):
        for _ in range(2):
            await watch.read()
        (tmp_path / "missing").mkdir()
        record(ledger, 1)
        await watch.read()
    assert [one.message.partition(":")[0] for one in caplog.records] == [
        "The live page cannot read the ledger, and goes on trying"
    ], "it is said once"
    assert [entry["number"] for entry in feed.after(0)] == [1]
    ledger.close()


async def test_nothing_is_replayed_while_the_ledger_is_away(tmp_path: Path) -> None:
    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/missing/panel.db")
    async with board_of(ledger) as client:
        assert (await client.post("replay", json={"numbers": [1]})).status_code == 503
    ledger.close()


async def test_a_poller_with_its_own_thread_is_followed_too() -> None:
    with KernelSimulator() as kernel:
        store = MemoryNodeStore([Node("tokyo", kernel.control())])
        poller = BackgroundPoller(store, settings=KernelSettings(0.1))
        await asyncio.to_thread(poller.start)
        page = LivePage(poller, authorize=lambda _: True)
        async with page, httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url="http://panel") as client:
            await board_when(client, lambda one: one.get("counts", {}).get("online"))
            await asyncio.to_thread(kernel.die)
            board = await board_when(client, lambda one: one["counts"]["offline"])
            assert board["rows"][0]["transition"]["status"] == "offline"
            await asyncio.to_thread(poller.stop)
            await board_when(client, lambda one: one["counts"]["all"] == 0)
