"""Channels that follow a kernel's stream while it has one, and poll while it has none: never both at once.

A poll that succeeds is followed by an attempt to open the stream, so kernels that are down cost no more than without
streams. From the stream's first document on, polls are answered by its latest one; news in a document, and the end of
the stream, have the engine poll at once. So thresholds, guard and probes see the same polls as ever.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from znp_kernel_client.errors import DecodeError
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ZnpError
from znp_panel_sync.polling._answer import read_nodes
from znp_panel_sync.polling._channel import Channel, Channels, Done, News
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.polling._suspects import logger
from znp_panel_sync.polling.model import Reason
from znp_panel_sync.polling.watch import Follower, Watch

CONNECTING: Final = 64
"""So many streams are opened at a time; the others wait, and are polled meanwhile."""

LOST_PER_SECOND: Final = 50.0
"""How many kernels are polled ahead of their time when many streams end together."""

_LATE_INTERVALS: Final = 1.5
"""A document older than this does not answer a poll: it may be the last before a silence."""

_SILENT_INTERVALS: Final = 3
_CLOSING_SECONDS: Final = 2.0


class WatchedChannels:
    """Makes channels that follow streams, at most `limit` at a time, over others that poll."""

    def __init__(self, channels: Channels, watch: Watch, *, limit: int) -> None:
        self._channels = channels
        self._watch = watch
        self._limit = limit
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_turn = float("-inf")
        self._advised = False
        self.interval = watch.interval
        self.connecting = asyncio.Semaphore(CONNECTING)

    def channel(self, control: NodeControl, news: News) -> "WatchedChannel":
        """Return the channel to one kernel; nothing is sent yet."""
        return WatchedChannel(self, self._channels.channel(control, news), self._watch.follower(control), control, news)

    async def close(self) -> None:
        """Wait until the streams, which have been closed with their channels, are gone."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
        await self._channels.close()

    def begin(self, following: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Begin to follow a stream; None: so many are followed that there is no room for another."""
        if len(self._tasks) >= self._limit:
            following.close()
            self._advise()
            return None
        task = asyncio.get_running_loop().create_task(following, name="kernel watch")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def turn(self) -> float:
        """Return when the next kernel whose stream has ended may be polled ahead of its time."""
        self._next_turn = max(asyncio.get_running_loop().time(), self._next_turn + 1 / LOST_PER_SECOND)
        return self._next_turn

    def _advise(self) -> None:
        if not self._advised:
            self._advised = True
            advice = "a higher limit of open files lets more of them be followed"
            logger.warning("%d kernels are followed, and the others polled: %s", self._limit, advice)


class WatchedChannel:
    """One kernel: its channel, and the stream in its place."""

    def __init__(
        self, channels: WatchedChannels, channel: Channel, follower: Follower, control: NodeControl, news: News
    ) -> None:
        self._channels = channels
        self._channel = channel
        self._follower = follower
        self._control = control
        self._news = news
        self._loop = asyncio.get_running_loop()
        self._done: Done | None = None
        self._told: PollResult | None = None
        self._latest: PollResult | None = None
        """What the stream said last; None while the kernel is polled."""
        self._came_at = 0.0
        self._follow_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._next_step: asyncio.Handle | None = None

    def poll(self, done: Done) -> None:
        """Answer by the stream's latest document, or send a request; `done` is called once, unless `abort()` is."""
        self._forget_next_step()
        self._done = done
        if self._latest is None:
            self._poll_instead(done)
        elif self._loop.time() - self._came_at > _LATE_INTERVALS * self._channels.interval:
            self._next_step = self._loop.call_later(self._control.timeout / 2, self._poll_instead, done)
        else:
            self._next_step = self._loop.call_soon(self._answer, done, self._latest)

    def abort(self) -> None:
        """Give up the poll under way; `done` will not be called. A stream goes on."""
        self._forget_next_step()
        self._done = None
        self._channel.abort()

    def close(self) -> None:
        """Give up everything, and close the stream."""
        self.abort()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._channel.close()

    def _poll_instead(self, done: Done) -> None:
        """Send a request; a stream that is open, or about to be, is closed before."""
        if self._task is None:
            self._channel.poll(partial(self._asked, done))
        else:
            self._task.cancel()

    def _asked(self, done: Done, result: PollResult) -> None:
        if result.reason is Reason.REACHED:
            self._plan_stream()
        self._answer(done, result)

    def _answer(self, done: Done, result: PollResult) -> None:
        self._done = None
        self._told = result
        done(result)

    def _plan_stream(self) -> None:
        """Open the stream as soon as that is worth while, unless a poll comes first."""
        self._next_step = self._loop.call_at(max(self._loop.time(), self._follow_at), self._begin_stream)

    def _begin_stream(self) -> None:
        self._task = self._channels.begin(self._follow())
        if self._task is not None:
            self._task.add_done_callback(self._stream_ended)

    async def _follow(self) -> None:
        try:
            await self._read()
        except (ZnpError, DecodeError, TimeoutError) as error:
            reason = str(error) or "nothing came in time"
            logger.debug("The stream of kernel %s is not followed on: %s", self._control.base_url, reason)
        except Exception:
            logger.exception("The stream of kernel %s failed in a way of its own", self._control.base_url)

    async def _read(self) -> None:
        async with aclosing(self._follower.documents()) as documents:
            async with self._channels.connecting:
                document = await _next(documents, self._control.timeout)
            while document is not None:
                self._take(document)
                document = await _next(documents, _SILENT_INTERVALS * self._channels.interval)

    def _take(self, document: str) -> None:
        latest = PollResult(Reason.REACHED, None, read_nodes(document.encode()), is_streamed=True)
        if self._latest is None:
            self._channel.abort()  # the connection that it keeps would stay idle
        self._latest = latest
        self._came_at = self._loop.time()
        if self._done is not None:
            self._forget_next_step()
            self._answer(self._done, latest)
        elif self._told is None or not self._told.is_streamed or _differ(self._told, latest):
            self._news()

    def _stream_ended(self, task: asyncio.Task[None]) -> None:
        if task is not self._task:
            return
        self._follow_at = self._loop.time() + self._follower.pause()
        was_followed = self._latest is not None
        self._latest = self._task = None
        if self._done is not None:
            self._forget_next_step()
            self._poll_instead(self._done)
        elif was_followed:
            self._next_step = self._loop.call_at(self._channels.turn(), self._news)
        else:
            self._plan_stream()

    def _forget_next_step(self) -> None:
        if self._next_step is not None:
            self._next_step.cancel()
            self._next_step = None


async def _next(documents: AsyncGenerator[str, None], seconds: float) -> str | None:
    async with asyncio.timeout(seconds):
        return await anext(documents, None)


def _differ(told: PollResult, latest: PollResult) -> bool:
    """Tell whether there is news; what is equal as it came needs no interpretation."""
    return latest.nodes != told.nodes and latest.protocols != told.protocols
