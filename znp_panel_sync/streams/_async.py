"""`AsyncStatusStream` and `AsyncEventStream`."""

import asyncio
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from znp_panel_sync.kernel import AsyncKernel, Timing
from znp_panel_sync.streams._connectors import connector_for
from znp_panel_sync.streams._frames import EventReader, FrameReader, StatusReader
from znp_panel_sync.streams._items import EventItem, Gap, StatusItem
from znp_panel_sync.streams._mailbox import Mailbox, NewestMailbox
from znp_panel_sync.streams._parameters import (
    DEFAULT_EVENT_SILENCE,
    DEFAULT_INTERVAL,
    MAX_EVENT_BYTES,
    SILENT_INTERVALS,
    Mode,
    Transport,
    Words,
    checked_bytes,
    checked_seconds,
    event_request,
    status_request,
)
from znp_panel_sync.streams._reading import Connector, Reading

T = TypeVar("T")

_CLOSING_SECONDS: Final = 2.0
"""How long a connection may take to be closed; the task that does it has been cancelled."""


class AsyncStream(Generic[T]):
    """What both streams have in common: one task that reads, started by the first item that is asked for.

    Iterate in one task. `aclose()`, or the end of `async with`, may come from any task, and twice.
    """

    def __init__(
        self,
        connector: Connector,
        reader: FrameReader[T],
        mailbox: Mailbox[T | Gap],
        timing: Timing | None,
        *,
        retry_refused: bool,
    ) -> None:
        self._mailbox = mailbox
        self._reading = Reading(connector, reader, mailbox, timing or Timing(), retry_refused)
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T | Gap:
        if self._task is None and not self._is_closed:
            self._task = asyncio.create_task(self._reading.run(), name="kernel stream")
        return await self._mailbox.take()

    async def aclose(self) -> None:
        """End the stream at once: items that were not taken are gone, and whoever waits for one sees the end."""
        self._is_closed = True
        task, self._task = self._task, None
        self._mailbox.discard()
        self._mailbox.close()
        if task is not None:
            task.cancel()
            await asyncio.wait((task,), timeout=_CLOSING_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class AsyncStatusStream(AsyncStream[StatusItem]):
    """The kernel's status as it changes: `async for` gives a `StatusUpdate` for each frame, without end.

    It connects when the first item is asked for, and again by itself after 1 to 60 s (random, longer each time, and
    short again after 10 s of stability). After each new connection a `Gap` says what may have been missed; then comes
    a full snapshot. Frames of unknown types are given as `RawItem`.

    - `interval`: seconds between two frames, 1 to 60. Three intervals of silence end a connection.
    - `mode`: `full`, or `diff` for frames that carry what changed; updates hold the whole snapshot either way.
    - `events`: of `runtime`, `node`, `service`; `include`: parts of the snapshot, such as `nodes`. A comma-separated
      text or single words; None leaves the choice to the kernel, as it does for `redact_users` and
      `rate_limit_summary`.
    - `transport`: `sse`, or `websocket`, which needs the extra of that name, and goes over a connection of its own even
      where the kernel object was given a transport.
    - `newest_only`: whoever is slow gets the newest snapshot instead of every one, after a single `Gap` if there were
      any, and no `RawItem`; otherwise the kernel has to wait.
    - `retry_refused`: go on trying after 401 and 403, which otherwise end it.
    - `max_snapshot_bytes`: of a frame and of the merged snapshot, as JSON; None: as many as the kernel's
      `max_body_bytes`.

    Raises `ConfigurationError` at once for a wrong argument, and while iterating, once and for good: the error of 401
    or 403, `StreamNotOfferedError` for 404 and 501, and others that no repetition helps.
    """

    def __init__(
        self,
        kernel: AsyncKernel,
        *,
        interval: int = DEFAULT_INTERVAL,
        mode: Mode = "full",
        events: Words | None = None,
        include: Words | None = None,
        redact_users: bool | None = None,
        rate_limit_summary: bool | None = None,
        transport: Transport = "sse",
        newest_only: bool = False,
        retry_refused: bool = False,
        max_snapshot_bytes: int | None = None,
        timing: Timing | None = None,
    ) -> None:
        request = status_request(
            transport,
            interval=interval,
            mode=mode,
            events=events,
            include=include,
            redact_users=redact_users,
            rate_limit_summary=rate_limit_summary,
        )
        limit = checked_bytes(
            "max_snapshot_bytes", kernel.options.max_body_bytes if max_snapshot_bytes is None else max_snapshot_bytes
        )
        connector = connector_for(kernel, transport, request, float(interval * SILENT_INTERVALS), limit)
        mailbox = NewestMailbox() if newest_only else Mailbox[StatusItem]()
        super().__init__(connector, StatusReader(limit), mailbox, timing, retry_refused=retry_refused)


class AsyncEventStream(AsyncStream[EventItem]):
    """The kernel's events as they happen: `async for` gives a `StreamedEvent` for each, once, without end.

    It connects, reconnects and fails as `AsyncStatusStream` does. An event that comes again after a reconnect is not
    given again; of those without an id nobody can tell. A slow consumer makes the kernel wait.

    - `events`: of `runtime`, `node`, `service`, as a comma-separated text or single words; None: the kernel's choice.
    - `idle_timeout`: seconds of silence that end a connection; None: never.
    - `max_event_bytes`: a larger event ends the connection.
    """

    def __init__(
        self,
        kernel: AsyncKernel,
        *,
        events: Words | None = None,
        transport: Transport = "sse",
        idle_timeout: float | None = DEFAULT_EVENT_SILENCE,
        retry_refused: bool = False,
        max_event_bytes: int = MAX_EVENT_BYTES,
        timing: Timing | None = None,
    ) -> None:
        request = event_request(transport, events)
        silence = checked_seconds("idle_timeout", idle_timeout)
        limit = checked_bytes("max_event_bytes", max_event_bytes)
        connector = connector_for(kernel, transport, request, silence, limit)
        super().__init__(connector, EventReader(), Mailbox(), timing, retry_refused=retry_refused)
