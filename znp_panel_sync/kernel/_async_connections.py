"""The connections of one kernel on an event loop."""

import asyncio
import os
from typing import TYPE_CHECKING

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel._connections import Lifetime

if TYPE_CHECKING:
    from znp_panel_sync.kernel._exchanges import AsyncTransport
    from znp_panel_sync.kernel._http import AsyncBaseTransport


class AsyncConnections(Lifetime):
    """The transport of an `AsyncKernel`, which belongs to the event loop that first uses it."""

    def __init__(self, control: NodeControl, given: "AsyncBaseTransport | None") -> None:
        super().__init__(control)
        self._given = given
        self._made: AsyncTransport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def transport(self) -> "AsyncTransport":
        """Return the transport to use now; raise `KernelUsageError` when there is none any more."""
        self._refuse_if_closed()
        if os.getpid() != self._pid:
            self._start_anew()
        self._claim(asyncio.get_running_loop())
        return self._made or self._make()

    def _start_anew(self) -> None:
        """Forget what the parent process uses; its sockets are not closed here, as they are the parent's too."""
        if self._given is not None:
            self._refuse_after_fork()
        self._pid, self._made, self._loop = os.getpid(), None, None

    def _claim(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop:
            raise self._misuse("the kernel object belongs to another event loop: make one in each")

    def _make(self) -> "AsyncTransport":
        self._made = self._new_exchanges() if self._given is None else self._wrapped(self._given)
        return self._made

    def _new_exchanges(self) -> "AsyncTransport":
        from znp_panel_sync.kernel._exchanges import Exchanges

        return Exchanges(self._control)

    @staticmethod
    def _wrapped(given: "AsyncBaseTransport") -> "AsyncTransport":
        from znp_panel_sync.kernel._http import GivenTransport

        return GivenTransport(given)

    async def aclose(self) -> None:
        """Close what this process has opened; a second time does nothing.

        When its event loop is gone, so are the connections. While that loop still runs, closing is its own affair.
        """
        made, loop = self._made, self._loop
        if made is None or loop is None or os.getpid() != self._pid or loop.is_closed():
            self._closed = True
            return
        self._claim(asyncio.get_running_loop())
        self._closed, self._made = True, None
        await made.aclose()
