"""The engine through `tooz`: being a member of a group, and asking who else is. Everything here blocks."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Final, Protocol

from attrs import frozen
from tooz.coordination import CoordAsyncResult, GroupAlreadyExist, GroupNotCreated, MemberAlreadyExist

from znp_panel_sync.cluster._address import REDIS_OVER_TLS, EngineAddress

_HOMES: Final = {
    "redis": "znp_panel_sync.cluster._redis",
    REDIS_OVER_TLS: "znp_panel_sync.cluster._redis",
    "etcd3+http": "znp_panel_sync.cluster._etcd",
    "etcd3+https": "znp_panel_sync.cluster._etcd",
    "zookeeper": "znp_panel_sync.cluster._zookeeper",
}


@frozen
class Answer:
    """Who is there, this member included. `forgotten`: the engine did not know this member, and was told anew."""

    members: frozenset[str]
    forgotten: bool


class Driver(Protocol):
    """A driver of `tooz`, which closes in a way that leaves nothing behind."""

    @property
    def is_started(self) -> bool: ...
    def start(self) -> None: ...
    def heartbeat(self) -> float | None: ...
    def get_members(self, group_id: bytes) -> CoordAsyncResult[set[bytes]]: ...
    def create_group(self, group_id: bytes) -> CoordAsyncResult[None]: ...
    def join_group(self, group_id: bytes) -> CoordAsyncResult[None]: ...
    def close(self, *, leaving: bool) -> None: ...


class Engine:
    """One member of one group, from joining to leaving. Used by one thread at a time.

    Raises `ImportError` when made where the engine's client is not installed; whatever the client raises, else.
    """

    def __init__(self, address: EngineAddress, *, group: str, member: str, ttl: float) -> None:
        self._group = group.encode()
        self._member = member
        self._ttl = ttl
        kind: Callable[..., Driver] = import_module(_HOMES[address.scheme]).Driver
        self._new_driver = partial(kind, member.encode(), address, ttl=ttl)
        self._driver: Driver | None = None
        self._well = False

    def exchange(self) -> Answer:
        """Say that this member lives, and ask who does; joins where the engine does not know it."""
        self._well = False
        driver = self._driver = self._driver or self._new_driver()
        if not driver.is_started:
            driver.start()
        driver.heartbeat()
        members = self._list(driver)
        forgotten = self._member not in members
        if forgotten:
            self._join(driver)
            members = self._list(driver)
        self._well = True
        return Answer(members | {self._member}, forgotten)

    def close(self) -> None:
        """Leave the group and close the connections; an engine that did not answer is not asked again."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close(leaving=self._well)

    def _list(self, driver: Driver) -> frozenset[str]:
        try:
            return frozenset(member.decode() for member in driver.get_members(self._group).get(self._ttl))
        except GroupNotCreated:
            return frozenset()

    def _join(self, driver: Driver) -> None:
        """Join the group, which may have to be made first; others may be quicker with that."""
        with suppress(GroupAlreadyExist):
            driver.create_group(self._group).get(self._ttl)
        with suppress(MemberAlreadyExist):
            driver.join_group(self._group).get(self._ttl)
