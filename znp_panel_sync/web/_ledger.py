"""What the page shows of a ledger: the newest events, and the dead letters, which it can queue again."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from znp_panel_sync.events.ledger import StoredEvent
from znp_panel_sync.web._bell import Bell
from znp_panel_sync.web._feed import ENTRIES, LETTERS, Feed
from znp_panel_sync.web._trouble import Trouble

_LARGEST_NUMBER: Final = 2**62


class PageLedger(Protocol):
    """What the page needs of a ledger, as `SqlEventLedger` has it. Methods block, and are called in threads."""

    def events(self, *, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return recorded events in the order of their arrival, those with a number above `after`."""
        ...

    def dead_letters(self, *, limit: int) -> Sequence[StoredEvent]:
        """Return dead letters, oldest first."""
        ...

    def replay(self, numbers: Iterable[int]) -> int:
        """Put dead letters back into the queue; return how many were dead."""
        ...


class LedgerWatch:
    """Brings what is new in a ledger to the feed, and rings the bell."""

    def __init__(self, ledger: PageLedger, feed: Feed, bell: Bell) -> None:
        self._ledger = ledger
        self._feed = feed
        self._bell = bell
        self._after = 0
        self._trouble = Trouble("read the ledger")
        self._reading = asyncio.Lock()  # protects the place up to which the ledger was read

    async def read(self) -> None:
        """Read what is new; a ledger that cannot be read now is read the next time."""
        async with self._reading:
            with self._trouble.kept():
                events = await asyncio.to_thread(self._new_events)
                letters = await asyncio.to_thread(self._ledger.dead_letters, limit=LETTERS + 1)
                for event in events:
                    self._feed.add_event(event)
                    self._after = event.number
                if self._feed.set_letters(letters) or events:
                    self._bell.ring()

    @property
    def troubled(self) -> bool:
        """Whether the ledger could not be read the last time."""
        return self._trouble.lasts

    async def replay(self, numbers: Iterable[int]) -> int:
        """Put dead letters back into the queue, and show it at once; return how many were dead.

        Raises `LedgerUnavailableError`.
        """
        replayed = await asyncio.to_thread(self._ledger.replay, numbers)
        await self.read()
        return replayed

    def _new_events(self) -> Sequence[StoredEvent]:
        """Return the events since the last time, oldest first; of more than are shown, the newest."""
        events = self._ledger.events(after=self._after, limit=ENTRIES)
        if len(events) == ENTRIES:
            events = self._ledger.events(after=max(self._after, self._newest() - ENTRIES), limit=ENTRIES)
        return events

    def _newest(self) -> int:
        """Return the largest number in use: the first one that nothing comes after, found by some 60 short queries."""
        return bisect_left(
            range(_LARGEST_NUMBER), True, key=lambda number: not self._ledger.events(after=number, limit=1)
        )
