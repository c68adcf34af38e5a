"""The driver for ZooKeeper, as a replica needs it. Its client, `kazoo`, is not part of the extra."""

import math

from tooz.drivers.zookeeper import KazooDriver

from znp_panel_sync.cluster._address import EngineAddress


class Driver(KazooDriver):
    """Its session ends after the TTL, in whole seconds, within the limits that the server sets."""

    def __init__(self, member: bytes, address: EngineAddress, *, ttl: float) -> None:
        super().__init__(member, address, {**address.options, "timeout": math.ceil(ttl)})

    def close(self, *, leaving: bool) -> None:
        """End the session, with which the engine forgets this member, and the client's threads."""
        self._coord.stop()
        self._coord.close()
