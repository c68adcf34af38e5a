"""The engine through `tooz`: being a member of a group, and asking who else is. Everything here blocks."""

import math
from typing import Any, Final

from attrs import frozen
from tooz.coordination import (
    CoordinationDriver,
    GroupAlreadyExist,
    GroupNotCreated,
    MemberAlreadyExist,
)

from znp_panel_sync.cluster._address import ETCD_SCHEMES, EngineAddress

_JOIN_ATTEMPTS: Final = 3
"""Joining needs two when the group has to be made, and one more when that was lost at once."""
_SHARE_OF_TTL: Final = 3
"""One exchange may take this part of the TTL, so that the engine is found missing long before the TTL is over."""


@frozen
class Answer:
    """Who is there, this member included. `forgotten`: the engine did not know this member, and was told anew."""

    members: frozenset[str]
    forgotten: bool


class Engine:
    """One member of one group, from joining to leaving. Used by one thread at a time.

    Raises `ImportError` when made where the engine's client is not installed; whatever the client raises, else.
    """

    def __init__(self, address: EngineAddress, *, group: str, member: str, ttl: float) -> None:
        self._address = address
        self._group = group.encode()
        self._member = member
        self._ttl = ttl
        self._kind = _driver_class(address.scheme)
        self._driver: CoordinationDriver | None = None
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
        """Leave the group and close the connection; an engine that did not answer is not asked again."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        if driver.is_started and (self._well or self._address.scheme == "zookeeper"):
            driver.stop()
        if self._address.scheme in ETCD_SCHEMES:
            _session(driver).close()

    def _new_driver(self) -> CoordinationDriver:
        driver = self._kind(self._member.encode(), self._address, self._options())
        if self._address.scheme in ETCD_SCHEMES:
            _session(driver).trust_env = False  # neither proxies nor credentials of the environment
        return driver

    def _options(self) -> dict[str, Any]:
        patience = max(1, int(self._ttl / _SHARE_OF_TTL))
        if self._address.scheme == "zookeeper":
            own: dict[str, Any] = {"timeout": math.ceil(self._ttl)}
        else:
            own = {"timeout": patience, "membership_timeout": self._lease(), "executor": "synchronous"}
        return {**self._address.options, **own}

    def _lease(self) -> float:
        """Return the TTL as the driver takes it: etcd knows whole seconds only."""
        return math.ceil(self._ttl) if self._address.scheme in ETCD_SCHEMES else self._ttl

    def _list(self, driver: CoordinationDriver) -> frozenset[str]:
        try:
            return frozenset(member.decode() for member in driver.get_members(self._group).get(self._ttl))
        except GroupNotCreated:
            return frozenset()

    def _join(self, driver: CoordinationDriver) -> None:
        for _ in range(_JOIN_ATTEMPTS):
            try:
                driver.join_group(self._group).get(self._ttl)
            except MemberAlreadyExist:
                return
            except GroupNotCreated:
                self._make_group(driver)
            else:
                return

    def _make_group(self, driver: CoordinationDriver) -> None:
        try:
            driver.create_group(self._group).get(self._ttl)
        except GroupAlreadyExist:
            return


def _driver_class(scheme: str) -> type[CoordinationDriver]:
    if scheme == "redis":
        from znp_panel_sync.cluster._redis import ImpatientRedisDriver

        return ImpatientRedisDriver
    if scheme == "zookeeper":
        from tooz.drivers.zookeeper import KazooDriver

        return KazooDriver
    from tooz.drivers.etcd3gw import Etcd3Driver

    return Etcd3Driver


def _session(driver: Any) -> Any:
    return driver.client.session
