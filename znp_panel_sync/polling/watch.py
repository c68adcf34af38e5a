"""What a poller needs to follow kernels that stream their status instead of asking them again and again.

`znp_panel_sync.streams.StatusWatch` is what it is given; anything else of this form will do.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

from znp_panel_sync.control import NodeControl


class Follower(Protocol):
    """Follows one kernel, over one connection at a time."""

    def documents(self) -> AsyncGenerator[str, None]:
        """Connect once, and give the documents of the stream as they come, in the form of `GET /v1/status` answers.

        The connection's end, and its silence, are the end of the documents; what went wrong may be raised as a
        `ZnpError`. Closing the generator closes the connection.
        """
        ...

    def pause(self) -> float:
        """Return the seconds until the next connection is worth while; called once after the end of each."""
        ...


class Watch(Protocol):
    """Makes a follower for each kernel; makes sure beforehand that it can."""

    @property
    def interval(self) -> float:
        """Seconds between two documents of a stream."""
        ...

    def follower(self, control: NodeControl) -> Follower:
        """Return the follower of one kernel; nothing is sent yet."""
        ...
