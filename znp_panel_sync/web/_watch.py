"""Keeping a board and a feed true, from the poller and the store of nodes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from znp_panel_sync.events.periodic import AsyncPeriodic
from znp_panel_sync.polling import BackgroundPoller, NodeStore, PollerStateError, StatusChange, StatusPoller
from znp_panel_sync.web._bell import Bell, wait
from znp_panel_sync.web._board import Board
from znp_panel_sync.web._feed import Feed
from znp_panel_sync.web._trouble import Trouble

T = TypeVar("T")

LOOK_SECONDS: Final = 1.0
"""How often the poller is looked at between transitions."""

LISTING_SECONDS: Final = 10.0

_PAUSE_SECONDS: Final = 0.1
_PAUSE_FOR_WORK: Final = 19.0
"""Looking takes a twentieth of the event loop's time at most, however many nodes there are."""


class PollerWatch:
    """Looks at a poller and a store of nodes (None: only at the poller), and rings the bell when something changed."""

    def __init__(
        self, poller: StatusPoller | BackgroundPoller, nodes: NodeStore | None, *, board: Board, feed: Feed, bell: Bell
    ) -> None:
        self._poller = poller
        self._nodes = nodes
        self._board = board
        self._feed = feed
        self._bell = bell
        self._heard = Bell()
        self._remove_listener: Callable[[], None]
        self._listing = AsyncPeriodic(self._list_nodes, LISTING_SECONDS, "live-page-nodes")
        self._following: asyncio.Task[None] | None = None
        self._not_listed, self._not_seen = Trouble("read the nodes"), Trouble("look at the poller")

    async def start(self) -> None:
        """Begin; raises `PollerStateError` where the poller does not run."""
        loop = asyncio.get_running_loop()

        async def listen(change: StatusChange) -> None:
            loop.call_soon_threadsafe(self._hear, change)  # from whatever thread the poller runs in

        if self._following is None:
            self._remove_listener = await self._ask_poller(lambda: self._poller.add_listener(listen))
            self._following = loop.create_task(self._follow(), name="live-page-poller")
            self._listing.start()

    async def stop(self) -> None:
        """End."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
            await self._listing.stop()
            with suppress(PollerStateError):  # the poller has ended before the page, and its listeners with it
                await self._ask_poller(self._remove_listener)

    @property
    def holding(self) -> bool:
        """Whether a mass failure keeps nodes from being marked offline now."""
        return self._poller.holding

    @property
    def troubled(self) -> bool:
        """Whether the poller or the nodes could not be looked at the last time."""
        return self._not_listed.lasts or self._not_seen.lasts

    def _hear(self, change: StatusChange) -> None:
        self._board.take_transition(change)
        self._feed.add_transition(change, self._board.name(change.node_id))
        self._heard.ring()
        self._bell.ring()

    async def _follow(self) -> None:
        """Look at the poller, now and then and after each transition."""
        loop = asyncio.get_running_loop()
        while True:
            heard, began = self._heard.turn, loop.time()
            with self._not_seen.kept():
                await self._look()
            await asyncio.sleep(max(_PAUSE_SECONDS, (loop.time() - began) * _PAUSE_FOR_WORK))
            await wait(heard, LOOK_SECONDS)

    async def _look(self) -> None:
        with suppress(TimeoutError, PollerStateError):  # a poller in a thread is busy, or ends at this moment
            if self._board.take_states(await self._ask_poller(self._poller.states)):
                self._bell.ring()

    async def _list_nodes(self) -> None:
        if self._nodes is not None:
            with self._not_listed.kept():
                self._board.take_nodes(await self._nodes.list_nodes())
                self._heard.ring()

    async def _ask_poller(self, question: Callable[[], T]) -> T:
        """Ask the poller something; one with a thread of its own makes the asking thread wait."""
        if isinstance(self._poller, BackgroundPoller):
            return await asyncio.to_thread(question)
        return question()
