"""The driver for Redis, told not to try again by itself."""

from typing import Any, Final

from redis.backoff import NoBackoff
from redis.retry import Retry
from tooz.drivers.redis import RedisDriver

_RETRY: Final = "retry"


class ImpatientRedisDriver(RedisDriver):
    """The driver tries fifteen times where a connection is refused, and its client ten times each, with pauses.

    That would keep a replica that leaves busy for a minute. The next exchange comes by itself.
    """

    CLIENT_ARGS = RedisDriver.CLIENT_ARGS | {_RETRY}

    def __init__(self, member_id: bytes, parsed_url: Any, options: dict[str, Any]) -> None:
        super().__init__(member_id, parsed_url, {**options, _RETRY: Retry(NoBackoff(), 0)})
