"""The task behind a stream: connects, reads, and connects again."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from attrs import define, field

from znp_panel_sync.errors import KernelError, KernelResponseError
from znp_panel_sync.kernel import AsyncKernel, Timing
from znp_panel_sync.streams._errors import BrokenStreamError, StreamNotOfferedError
from znp_panel_sync.streams._frames import Frame, FrameReader
from znp_panel_sync.streams._items import Gap
from znp_panel_sync.streams._mailbox import Mailbox
from znp_panel_sync.streams._reconnect import ReconnectState, is_final

T = TypeVar("T")

NOT_OFFERED: Final = frozenset({404, 501})
LASTING_FAILURES: Final = 3
"""After so many in a row the trouble is told where everybody looks, once."""

logger: Final = logging.getLogger("znp_panel_sync.streams")


class Connector(Protocol):
    """Opens connections; `retry` is the reconnection time in ms that the stream asked for (None: it did not)."""

    @property
    def kernel(self) -> AsyncKernel:
        """The kernel that it connects to."""

    @property
    def retry(self) -> int | None:
        """The reconnection time that the stream asked for."""

    def open(self) -> AbstractAsyncContextManager[AsyncGenerator[Frame, None]]:
        """Connect, for the length of an `async with` block, whose value gives the frames."""


@define
class Reading(Generic[T]):
    """Reads one stream over all its connections into a mailbox, until its task is cancelled or an error is final."""

    connector: Connector
    reader: FrameReader[T]
    mailbox: Mailbox[T | Gap]
    timing: Timing
    retry_refused: bool
    _last_frame_at: datetime | None = field(default=None, init=False)
    _reason: str = field(default="", init=False)
    """What ended the last connection that was made; empty while there has been none since the last gap."""

    async def run(self) -> None:
        """Read for ever; what ends it is left in the mailbox."""
        try:
            await self._read_on()
        except Exception as error:
            self.mailbox.close(error)

    async def _read_on(self) -> None:
        state = ReconnectState(self.timing.random)
        while True:
            reason, retry_after = await self._read_connection(state)
            self._reason = self._reason or reason
            state.ask(self.connector.retry)
            delay = state.delay(self.timing.monotonic(), retry_after)
            level = logging.WARNING if state.failures == LASTING_FAILURES else logging.DEBUG
            kernel = self.connector.kernel.control.base_url
            logger.log(level, "A stream of %s was interrupted, opened again in %.0f s: %s", kernel, delay, reason)
            await self.timing.async_sleep(delay)

    async def _read_connection(self, state: ReconnectState) -> tuple[str, float | None]:
        """Read one connection to its end; return what ended it, and for how many seconds a refusing kernel asked."""
        try:
            async with self.connector.open() as frames, aclosing(frames):
                state.connected(self.timing.monotonic())
                await self._begin()
                async for frame in frames:
                    self._last_frame_at = self.timing.now()
                    for item in self.reader.read(frame):
                        await self.mailbox.put(item)
        except BrokenStreamError as error:
            return str(error), None
        except KernelError as error:
            return str(error), self._pause_after(error)
        return "the kernel ended the connection", None

    async def _begin(self) -> None:
        """Tell of what may have been missed since the connection before."""
        now = self.timing.now()
        self.reader.reconnected()
        if self._last_frame_at is not None:
            await self.mailbox.put(Gap(self._last_frame_at, now, self._reason))
        self._last_frame_at, self._reason = now, ""

    def _pause_after(self, error: KernelError) -> float | None:
        """Return the seconds that a kernel asks to wait; raise what makes connecting again useless."""
        if isinstance(error, KernelResponseError) and error.status in NOT_OFFERED:
            raise StreamNotOfferedError(kernel=error.kernel, operation=error.operation) from None
        if is_final(error, retry_refused=self.retry_refused):
            raise error
        return error.retry_after if isinstance(error, KernelResponseError) else None
