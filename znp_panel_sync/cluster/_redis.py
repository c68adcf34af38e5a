"""The driver for Redis, as a replica needs it."""

from typing import Any, Final

from redis.backoff import NoBackoff
from redis.retry import Retry
from tooz.drivers.redis import RedisDriver

from znp_panel_sync.cluster._address import REDIS_OVER_TLS, EngineAddress
from znp_panel_sync.cluster._options import call_seconds

_RETRY: Final = "retry"
_TLS: Final[dict[str, Any]] = {"ssl": "true", "ssl_check_hostname": True}


class Driver(RedisDriver):
    """Does not try again by itself: the next exchange comes soon enough.

    Where a connection is refused, the driver would try fifteen times, and its client ten times each with pauses, which
    would keep a replica that leaves busy for a minute. Over TLS the server's name is verified too, which not every
    release of the client does by itself.
    """

    CLIENT_ARGS = RedisDriver.CLIENT_ARGS | {_RETRY, *_TLS}

    def __init__(self, member: bytes, address: EngineAddress, *, ttl: float) -> None:
        own = {
            "timeout": call_seconds(ttl),
            "membership_timeout": ttl,
            "executor": "synchronous",
            _RETRY: Retry(NoBackoff(), 0),
            **(_TLS if address.scheme == REDIS_OVER_TLS else {}),
        }
        super().__init__(member, address, {**address.options, **own})

    def close(self, *, leaving: bool) -> None:
        """Leave if the engine can be told, and close the connections, which the driver would leave to chance."""
        client = self._client
        try:
            if leaving:
                self.stop()
        finally:
            if client is not None:
                client.close()
