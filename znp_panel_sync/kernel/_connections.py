"""The connections of one kernel: made when first needed, closed once, and never used on the far side of a fork.

Nothing here takes a lock: a lock that another thread holds during `fork()` stays locked in the child.
"""

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelUsageError
from znp_panel_sync.kernel._tls import ssl_context_for

if TYPE_CHECKING:
    from znp_panel_sync.kernel._exchanges import AsyncTransport
    from znp_panel_sync.kernel._http import AsyncBaseTransport, BaseTransport


class _Lifetime:
    """What blocking and async connections have in common: who may use them, and whether they are closed."""

    def __init__(self, control: NodeControl) -> None:
        self._control = control
        self._pid = os.getpid()
        self._closed = False

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise self._misuse("the kernel object is closed")

    def _refuse_after_fork(self) -> None:
        if os.getpid() != self._pid:
            raise self._misuse("the transport was made before fork(): make a new kernel object in the child")

    def _misuse(self, problem: str) -> KernelUsageError:
        return KernelUsageError(problem, kernel=self._control.base_url)


class Connections(_Lifetime):
    """The transport of a `Kernel`: the one that was given, which stays the giver's, or our own in each process."""

    def __init__(self, control: NodeControl, given: "BaseTransport | None") -> None:
        super().__init__(control)
        self._given = given
        self.is_given = given is not None
        self._own: dict[int, BaseTransport] = {}

    def transport(self) -> "BaseTransport":
        """Return the transport to use now; raise `KernelUsageError` when there is none any more."""
        self._refuse_if_closed()
        if self._given is not None:
            self._refuse_after_fork()
            return self._given
        return self._own.get(os.getpid()) or self._make()

    def _make(self) -> "BaseTransport":
        """Make a transport; when two threads do so at once, the first one's is used and the other holds nothing yet."""
        from znp_panel_sync.kernel._http import new_transport

        return self._own.setdefault(os.getpid(), new_transport(partial(ssl_context_for, self._control)))

    def close(self) -> None:
        """Close what this process has opened; a second time does nothing."""
        self._closed = True
        own = self._own.pop(os.getpid(), None)
        if own is not None:
            own.close()


class AsyncConnections(_Lifetime):
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
