"""`Cluster`: one of several replicas, which is this process."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

from attrs import define

from znp_panel_sync.errors import ZnpError

DEFAULT_TTL: Final = 15.0
DEFAULT_TICK: Final = 2.0
DEFAULT_PARTITIONS: Final = 512
DEFAULT_KEEP_ASSIGNMENT: Final = 300.0
DEFAULT_STOP_TIMEOUT: Final = 5.0


class ClusterStateError(ZnpError):
    """The cluster cannot be used here: it was made before `fork()`, in another process."""


@define
class ClusterCounters:
    """Numbers since the cluster was made, to be read at any time.

    `members` is how many replicas there are now, this one included, as far as the engine has said (0: it has not said
    so yet, or this replica has left). `owned` is how many nodes are polled here now, and `moves` how many nodes have
    been taken over or handed over by this replica, its first share not counted. `engine_failures` counts exchanges
    with the engine that failed or took too long.
    """

    members: int = 0
    owned: int = 0
    moves: int = 0
    engine_failures: int = 0


class Cluster:
    """One of several replicas, namely this process, that share the work of one panel.

    `url` says where the coordination engine is: `redis://[user:password@]host[:port]`, `etcd3+http://host[:port]`,
    `etcd3+https://…` or `zookeeper://…` (which needs `kazoo`); what its query says is given to the driver of `tooz`.
    Replicas with the same engine and `name` share their work, and must all do the same kinds of it: what is owned by
    a member that does not do it is done by nobody.

    `member` is what this replica is called in the engine and in logs; a random part is added to it, so that no two
    are ever the same (None: the host's name and the process id).

    A replica that is silent for `ttl` seconds has died, and others take over its share; each asks the engine every
    `tick` seconds who is there. So work is taken over at most `ttl` and two ticks after a death, and at most a tick
    after a replica has left in order. `partitions` is the number of each member's places on the hash ring: more make
    the shares more even. All replicas must have the same. While the engine is away, everybody goes on with what they
    had, for at most `keep_assignment` seconds (`math.inf`: for ever); after that nothing is owned until it is back.
    A replica that was paused for longer than `ttl` owns nothing until the engine has answered it again.

    The poller, and all else that is given a cluster, makes it start and stop; `start` and `stop` are for a program
    that asks `owns` by itself. `clock` returns seconds that never go back; tests replace it.

    All exchanges with the engine happen in threads of the cluster's own. Raises `ConfigurationError` naming the
    argument that is wrong. No error, log or `repr` shows the URL's credentials.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        member: str | None = None,
        ttl: float = DEFAULT_TTL,
        tick: float = DEFAULT_TICK,
        partitions: int = DEFAULT_PARTITIONS,
        keep_assignment: float = DEFAULT_KEEP_ASSIGNMENT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counters = ClusterCounters()

    @property
    def member(self) -> str:
        """The name of this replica among the members, which no other process and no earlier start has."""
        raise NotImplementedError

    @property
    def members(self) -> tuple[str, ...]:
        """The members among which the work is shared now, sorted; empty when nothing is owned by this replica."""
        raise NotImplementedError

    @property
    def version(self) -> int:
        """A number that grows whenever what is owned here may have changed."""
        raise NotImplementedError

    @property
    def answers(self) -> int:
        """How often the engine has confirmed who is there: a number that stands still while the engine is away."""
        raise NotImplementedError

    def owns(self, key: str) -> bool:
        """Tell whether the work of this key is this replica's now: false while it is not a member. Never blocks."""
        raise NotImplementedError

    def start(self) -> None:
        """Join, and stay a member until `stop`; returns at once, and a second call does nothing.

        Raises `ConfigurationError` when the extra `cluster`, or the engine's client, is not installed, and
        `ClusterStateError` after a fork.
        """
        raise NotImplementedError

    def stop(self, timeout: float = DEFAULT_STOP_TIMEOUT) -> None:
        """Leave, and return within `timeout` seconds, whoever still uses the cluster; may be called again, and first.

        From the call on nothing is owned here. Others take over within one tick, or after `ttl` seconds if the engine
        cannot be told. A later `start` joins as a new member.
        """
        raise NotImplementedError

    def wait(self, timeout: float) -> bool:
        """Wait until this replica is a member, at most `timeout` seconds; returns whether it is."""
        raise NotImplementedError

    def enter(self, changed: Callable[[], None]) -> None:
        """Take part from now on: `changed` is called, in a thread of the cluster's, with each new `version`.

        It must return at once. The first user has the replica join, as `start` does, and raises what `start` raises.
        """
        raise NotImplementedError

    def leave(self, changed: Callable[[], None]) -> "Future[None]":
        """Take part no more; with the last user the replica leaves the cluster.

        The future is done when others can know of it, or when it has turned out that they cannot be told.
        """
        raise NotImplementedError

    def placed(self, owned: int, moved: int) -> None:
        """Take, for the counters, how many nodes are owned here now, and how many have come or gone since before."""
        self.counters.owned = owned
        self.counters.moves += moved

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
