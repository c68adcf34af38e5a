"""`StatusWatch`: the streams of kernels that a poller follows instead of asking."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from attrs import field, frozen

from znp_kernel_client.types import Request
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError, KernelResponseError
from znp_panel_sync.kernel import AsyncKernel, Timing
from znp_panel_sync.streams._connectors import connector_for
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._frames import full_document
from znp_panel_sync.streams._parameters import (
    MAX_SNAPSHOT_BYTES,
    SILENT_INTERVALS,
    Transport,
    checked_bytes,
    status_request,
)
from znp_panel_sync.streams._reading import NOT_OFFERED, logger
from znp_panel_sync.streams._reconnect import ReconnectState, is_final
from znp_panel_sync.streams._websocket import require_websockets

REFUSED_SECONDS: Final = 3600.0
"""So long a kernel that refuses to stream is not asked to again: it may have been renewed by then."""


@frozen
class StatusWatch:
    """What `StatusPoller(store, watch=StatusWatch())` follows: the status stream of each kernel that has one.

    - `interval`: seconds between two frames, 1 to 60; a change is seen so soon. Three intervals of silence end a
      connection.
    - `transport`: `sse`, or `websocket` (needs the extra of that name).
    - `max_snapshot_bytes`: a larger frame ends the connection.

    Connections are opened again after 1 to 60 s, as those of `AsyncStatusStream` are. A kernel that refuses (404 or
    501 where it has no streams) is asked for one again after an hour. Raises `ConfigurationError` for a wrong argument.
    """

    interval: int = 1
    transport: Transport = "sse"
    max_snapshot_bytes: int = MAX_SNAPSHOT_BYTES
    timing: Timing = field(factory=Timing, repr=False)

    def __attrs_post_init__(self) -> None:
        self.request()
        checked_bytes("max_snapshot_bytes", self.max_snapshot_bytes)
        if self.transport == "websocket":
            require_websockets()

    def request(self) -> Request:
        """Return what kernels are asked for."""
        return status_request(self.transport, interval=self.interval, include="nodes")

    def follower(self, control: NodeControl) -> "KernelFollower":
        """Return what follows one kernel; nothing is sent yet."""
        return KernelFollower(self, control)


class KernelFollower:
    """Follows one kernel's status, over one connection at a time."""

    def __init__(self, watch: StatusWatch, control: NodeControl) -> None:
        self._watch = watch
        self._control = control
        self._state = ReconnectState(watch.timing.random)
        self._error: KernelError | None = None

    async def documents(self) -> AsyncGenerator[str, None]:
        """Connect once and give the full frames as they come; raises a `KernelError` for what ended the connection."""
        self._error = None
        try:
            async with AsyncKernel(self._control) as kernel, aclosing(self._read(kernel)) as documents:
                async for document in documents:
                    yield document
        except BrokenStreamError as error:
            logger.debug("the stream of %s cannot be used: %s", self._control.base_url, error)
        except KernelError as error:
            self._error = error
            raise

    def pause(self) -> float:
        """Return the seconds until the next connection is worth while."""
        refused = self._error if isinstance(self._error, KernelResponseError) else None
        if refused is not None and (refused.status in NOT_OFFERED or is_final(refused, retry_refused=False)):
            return REFUSED_SECONDS
        return self._state.delay(self._watch.timing.monotonic(), None if refused is None else refused.retry_after)

    async def _read(self, kernel: AsyncKernel) -> AsyncGenerator[str, None]:
        watch = self._watch
        silence = float(watch.interval * SILENT_INTERVALS)
        opening = connector_for(kernel, watch.transport, watch.request(), silence, watch.max_snapshot_bytes)
        try:
            async with opening.open() as frames, aclosing(frames):
                self._state.connected(watch.timing.monotonic())
                async for frame in frames:
                    document = full_document(frame)
                    if document is not None:
                        yield document
        finally:
            self._state.ask(opening.retry)
