"""The connections of one kernel: made when first needed, closed once, and never used on the far side of a fork.

Nothing here takes a lock: a lock that another thread holds during `fork()` stays locked in the child.
"""

import os
from functools import partial
from typing import TYPE_CHECKING

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelUsageError
from znp_panel_sync.kernel._tls import ssl_context_for

if TYPE_CHECKING:
    from znp_panel_sync.kernel._http import BaseTransport


class Lifetime:
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


class Connections(Lifetime):
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
