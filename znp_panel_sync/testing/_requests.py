"""What the simulated kernel was asked."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from threading import Condition
from typing import Any, Final

from attrs import field, frozen
from starlette.types import Scope

KEPT_REQUESTS: Final = 10_000


@frozen
class ReceivedRequest:
    """A request as it arrived: `path` is decoded, header names are in lower case.

    `received_at` is `time.monotonic()` when its body was complete.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    received_at: float = field(factory=time.monotonic)

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


def received(scope: Scope, body: bytes) -> ReceivedRequest:
    """Describe a request (or a WebSocket handshake) that has arrived completely."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return ReceivedRequest(scope.get("method", "GET"), scope["path"], query, headers, body)


class RequestLog:
    """The newest requests, in order of arrival; may be read and awaited from any thread."""

    def __init__(self) -> None:
        self._requests: deque[ReceivedRequest] = deque(maxlen=KEPT_REQUESTS)
        self._total = 0
        self._changed = Condition()

    def add(self, request: ReceivedRequest) -> None:
        """Write a request down, and wake those who wait for it."""
        with self._changed:
            self._requests.append(request)
            self._total += 1
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget all requests, and count from 0 again."""
        with self._changed:
            self._requests.clear()
            self._total = 0

    @property
    def total(self) -> int:
        """How many requests arrived, those included that are forgotten already."""
        return self._total

    def find(self, method: str | None = None, path: str = "*") -> list[ReceivedRequest]:
        """Return the requests with a method (None: any) and a path, in which `*` stands for any characters."""
        with self._changed:
            return [
                request
                for request in self._requests
                if method in (None, request.method) and fnmatchcase(request.path, path)
            ]

    def wait_for(
        self, method: str | None = None, path: str = "*", *, count: int = 1, timeout: float = 10.0
    ) -> list[ReceivedRequest]:
        """Wait until at least `count` such requests have arrived, and return them.

        Raises `TimeoutError` after `timeout` seconds.
        """
        return self._wait(lambda: self.find(method, path), count, timeout)

    def _wait(self, find: Callable[[], list[ReceivedRequest]], count: int, timeout: float) -> list[ReceivedRequest]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(find()) >= count, timeout):
                raise TimeoutError(f"{len(find())} of {count} awaited requests arrived within {timeout} s")
            return find()
