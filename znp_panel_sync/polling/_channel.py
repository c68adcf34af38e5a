"""What the engine needs of the network: a channel to each kernel, on which it asks for the status now and then."""

from collections.abc import Callable
from typing import Protocol

from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling._result import PollResult

Done = Callable[[PollResult], None]

News = Callable[[], None]
"""Called by a channel that has learnt, between polls, what the next poll should not wait for."""


class Channel(Protocol):
    """The way to one kernel; at most one poll is under way on it."""

    def poll(self, done: Done) -> None:
        """Begin a poll; `done` is called once with its result, unless `abort()` comes first."""
        ...

    def abort(self) -> None:
        """Give up the poll under way; its `done` will not be called."""
        ...

    def close(self) -> None:
        """Give up everything, for good."""
        ...


class Channels(Protocol):
    """Makes channels, and owns what they share."""

    def channel(self, control: NodeControl, news: News) -> Channel:
        """Return the channel to one kernel; nothing is sent yet. One that only polls never has `news`."""
        ...

    async def close(self) -> None:
        """Let go of what is shared, after all channels have been closed."""
        ...
