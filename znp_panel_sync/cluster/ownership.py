"""What work that is shared among replicas asks of a cluster."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

Echo = Callable[[Callable[[], None]], None]
"""Takes a function, and calls it as soon as the work that is shared can go on; returns at once and never raises."""


class Ownership(Protocol):
    """Says which work is this replica's now. `Cluster` is one; nothing here blocks, whatever the engine does.

    Work is named by a key: `node:5`, a kernel's address, a subject. A key is owned by one replica of all that agree on
    who is there; while they come to agree, for at most two ticks, two may own it, or none.
    """

    @property
    def version(self) -> int:
        """A number that is another one whenever what is owned here may have changed; 0: nothing is owned."""
        ...

    @property
    def answers(self) -> int:
        """How often the engine has confirmed who is there: a number that stands still while the engine is away."""
        ...

    @property
    def member(self) -> str:
        """The name of this replica among the members, which no other process and no earlier start has."""
        ...

    def owns(self, key: str) -> bool:
        """Tell whether the work of this key is this replica's now."""
        ...

    def enter(self, changed: Callable[[], None], echo: Echo | None = None) -> None:
        """Take part from now on: `changed` is called, in a thread of the cluster's, with each new `version`.

        It must return at once. The first user has the replica join, which takes a moment: until then nothing is owned.
        `echo` is how to find out whether an event loop that does the work still runs (None: there is none): while it
        does not answer for long, nothing is owned here, and others take over.
        """
        ...

    def leave(self, changed: Callable[[], None]) -> "Future[None]":
        """Take part no more; with the last user the replica leaves the cluster.

        The future is done when others can know of it, or when it has turned out that they cannot be told.
        """
        ...

    def placed(self, owned: int, moved: int) -> None:
        """Take, for the counters, how many nodes are owned here now, and how many have come or gone since before."""
        ...
