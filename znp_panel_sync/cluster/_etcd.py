"""The driver for etcd, as a replica needs it."""

import math
from contextlib import closing

from tooz.drivers.etcd3gw import Etcd3Driver

from znp_panel_sync.cluster._address import EngineAddress
from znp_panel_sync.cluster._options import call_seconds


class Driver(Etcd3Driver):
    """Takes neither proxies nor credentials from the environment. The TTL is rounded up: etcd knows whole seconds."""

    def __init__(self, member: bytes, address: EngineAddress, *, ttl: float) -> None:
        own = {"timeout": call_seconds(ttl), "membership_timeout": math.ceil(ttl), "executor": "synchronous"}
        super().__init__(member, address, {**address.options, **own})
        self.client.session.trust_env = False

    def close(self, *, leaving: bool) -> None:
        """Leave if the engine can be told, and close the connections."""
        with closing(self.client.session):
            if leaving:
                self.stop()
