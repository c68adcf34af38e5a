"""`Cluster`: one of several replicas, which is this process."""

import logging
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from znp_panel_sync.cluster._address import EngineAddress
from znp_panel_sync.cluster._options import ClusterOptions
from znp_panel_sync.cluster._users import User
from znp_panel_sync.cluster.counters import ClusterCounters
from znp_panel_sync.cluster.ownership import Echo
from znp_panel_sync.errors import ConfigurationError, ZnpError

if TYPE_CHECKING:
    from znp_panel_sync.cluster._session import Session

logger: Final = logging.getLogger("znp_panel_sync.cluster")

DEFAULT_TTL: Final = 15.0
DEFAULT_TICK: Final = 2.0
DEFAULT_PARTITIONS: Final = 512
DEFAULT_KEEP_ASSIGNMENT: Final = 300.0
DEFAULT_STOP_TIMEOUT: Final = 5.0

_GROUP_PREFIX: Final = "znp-panel-sync."
_RANDOM_BYTES: Final = 4
_HOST_CHARACTERS: Final = 60
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)


class ClusterStateError(ZnpError):
    """The cluster cannot be used here: it was made before `fork()`, in another process."""


class Cluster:
    """One of several replicas, namely this process, that share the work of one panel.

    `url` says where the coordination engine is: `redis://[user:password@]host[:port]`, `rediss://…` for Redis over
    TLS, `etcd3+http://host[:port]`, `etcd3+https://…` or `zookeeper://…` (which needs `kazoo`); what its query says is
    given to the driver of `tooz`, such as `?ssl_ca_certs=/etc/panel/ca.pem` for Redis.
    Replicas with the same engine and `name` share their work, and must all do the same kinds of it: what is owned by
    a member that does not do it is done by nobody.

    `member` is what this replica is called in the engine and in logs; a random part is added to it, so that no two
    are ever the same (None: the host's name and the process id).

    A replica that is silent for `ttl` seconds has died, and others take over its share; each asks the engine every
    `tick` seconds who is there. So work is taken over at most `ttl` and two ticks after a death, and at most a tick
    after a replica has left in order. `partitions` is the number of each member's places on the hash ring: more make
    the shares more even. All replicas must have the same. While the engine is away, everybody goes on with what they
    had, for at most `keep_assignment` seconds (`math.inf`: for ever); after that nothing is owned until it is back.
    A replica that was paused for longer than `ttl` owns nothing until the engine has answered it again; one of whose
    event loops hangs for so long leaves, and joins again when the loop runs.

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
        self._address = EngineAddress.parse(url)
        self._options = ClusterOptions(
            name=name,
            member=_own_name() if member is None else member,
            ttl=ttl,
            tick=tick,
            partitions=partitions,
            keep_assignment=keep_assignment,
        )
        self._clock = clock
        self.counters = ClusterCounters()
        self._pid = os.getpid()
        self._changing = threading.Condition()  # protects the users and the session; notified with each new version
        self._users: list[User] = []
        self._started = False
        self._session: Session | None = None
        self._left: Future[None] = _done()
        self._versions = count(1)

    def __repr__(self) -> str:
        return f"Cluster({str(self._address)!r}, {self._options.name!r}, member={self.member!r})"

    @property
    def member(self) -> str:
        """The name of this replica among the members, which no other process and no earlier start has."""
        return self._options.member if self._session is None else self._session.member

    @property
    def members(self) -> tuple[str, ...]:
        """The members among which the work is shared now, sorted; empty when nothing is owned by this replica."""
        session = self._holding()
        return () if session is None else session.assignment.ring.members

    @property
    def version(self) -> int:
        """A number that is another one whenever what is owned here may have changed; 0: nothing is owned."""
        session = self._holding()
        return 0 if session is None else session.assignment.version

    @property
    def answers(self) -> int:
        """How often the engine has confirmed who is there: a number that stands still while the engine is away."""
        return self.counters.answers

    def owns(self, key: str) -> bool:
        """Tell whether the work of this key is this replica's now: false while it is not a member. Never blocks."""
        session = self._holding()
        return session is not None and session.assignment.ring.owner(key) == session.member

    def start(self) -> None:
        """Join, and stay a member until `stop`; returns at once, and a second call does nothing.

        The first start in a process imports the engine's client, which takes some tenths of a second. Raises
        `ConfigurationError` when the extra `cluster`, or the engine's client, is not installed, and
        `ClusterStateError` after a fork.
        """
        self._refuse_after_fork()
        with self._changing:
            self._begin()
            self._started = True

    def stop(self, timeout: float = DEFAULT_STOP_TIMEOUT) -> None:
        """Leave, and return within `timeout` seconds, whoever still uses the cluster; may be called again, and first.

        From the call on nothing is owned here. Others take over within one tick, or after `ttl` seconds if the engine
        cannot be told. A later `start` joins as a new member.
        """
        if self._pid != os.getpid():
            return
        with self._changing:
            self._started = False
            session = self._end()
        if session is not None:
            session.join(timeout)

    def wait(self, timeout: float) -> bool:
        """Wait until this replica is a member, at most `timeout` seconds; returns whether it is."""
        with self._changing:
            return self._changing.wait_for(lambda: self.version > 0, timeout)

    def enter(self, changed: Callable[[], None], echo: Echo | None = None) -> None:
        """Take part from now on: `changed` is called, in a thread of the cluster's, with each new `version`.

        It must return at once. The first user has the replica join, as `start` does, and raises what `start` raises.
        `echo` is asked in each tick whether an event loop that does the work still runs (None: there is none).
        """
        self._refuse_after_fork()
        with self._changing:
            self._begin()
            self._users.append(User(changed, echo))

    def leave(self, changed: Callable[[], None]) -> "Future[None]":
        """Take part no more; with the last user the replica leaves the cluster, unless it was told to `start`.

        The future is done when others can know of it, or when it has turned out that they cannot be told.
        """
        if self._pid != os.getpid():
            return _done()
        with self._changing:
            user = next((user for user in self._users if user.changed == changed), None)
            if user is not None:
                self._users.remove(user)
            if self._users or self._started:
                return _done()
            self._end()
            return self._left

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

    def _holding(self) -> "Session | None":
        """Return the session whose assignment may be acted on now."""
        session = self._session
        return session if session is not None and session.holds and self._pid == os.getpid() else None

    def _begin(self) -> None:
        if self._session is None:
            self._session = self._new_session(f"{self._options.member}.{secrets.token_hex(_RANDOM_BYTES)}")
            self._session.start()

    def _new_session(self, member: str) -> "Session":
        """Import what only a cluster that runs needs, and make of it what runs."""
        try:
            from znp_panel_sync.cluster._engine import Engine
            from znp_panel_sync.cluster._session import Session

            group = f"{_GROUP_PREFIX}{self._options.name}"
            engine = Engine(self._address, group=group, member=member, ttl=self._options.ttl)
        except ImportError as error:
            missing = "kazoo" if self._address.scheme == "zookeeper" else "znp-panel-sync[cluster]"
            raise ConfigurationError("url", f"needs what is not installed ({error.name}): {missing}") from None
        return Session(
            member,
            self._options,
            engine,
            clock=self._clock,
            counters=self.counters,
            versions=self._versions,
            ran_at=self._ran_at,
            changed=self._announce,
        )

    def _end(self) -> "Session | None":
        session, self._session = self._session, None
        if session is not None:
            self._left = session.left
            session.end()
            self.counters.members = 0
        return session

    def _announce(self) -> None:
        with self._changing:
            users = list(self._users)
            self._changing.notify_all()
        for user in users:
            try:
                user.changed()
            except Exception:
                logger.exception("A user of cluster %r failed to take a change", self._options.name)

    def _ran_at(self, now: float) -> float:
        """Return when all users were last known to run."""
        with self._changing:
            users = list(self._users)
        return min((user.ran_at(now) for user in users), default=now)

    def _refuse_after_fork(self) -> None:
        if self._pid != os.getpid():
            raise ClusterStateError("the cluster was made before fork(): make a new one in the child")


def _own_name() -> str:
    """Return the host's name and the process id, in letters that every engine takes."""
    host = _STRANGE.sub("-", socket.gethostname())[:_HOST_CHARACTERS]
    return f"{host}-{os.getpid()}"


def _done() -> "Future[None]":
    future: Future[None] = Future()
    future.set_result(None)
    return future
