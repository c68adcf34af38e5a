"""Calling a kernel in its blocking and in its async form, over a network and a clock of the test's own."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import httpx
import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel, Kernel, Timing

URL = "http://kernel.example:8080"
CONTROL = NodeControl(URL)

Handler = Callable[[httpx.Request], httpx.Response]


class Call(Protocol):
    """Does `act(kernel)` with a kernel that is closed afterwards; in the async form, what `act` returns is awaited."""

    def __call__(self, act: Callable[[Any], Any], *, control: NodeControl = ..., **options: Any) -> Any: ...


def call_blocking(act: Callable[[Any], Any], *, control: NodeControl = CONTROL, **options: Any) -> Any:
    with Kernel(control, **options) as kernel:
        return act(kernel)


def call_async(act: Callable[[Any], Any], *, control: NodeControl = CONTROL, **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncKernel(control, **options) as kernel:
            return await act(kernel)

    return asyncio.run(main())


both_forms = pytest.mark.parametrize("call", [call_blocking, call_async], ids=["blocking", "async"])


class ScriptedTime:
    """A clock that only pauses move; it remembers them."""

    def __init__(self, chance: float = 0.0) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []
        self.timing = Timing(
            monotonic=lambda: self.seconds, sleep=self.sleep, async_sleep=self.async_sleep, random=lambda: chance
        )

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


class Script:
    """Answers one request after the other from a list, whose last entry goes on for ever; it remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception | Handler) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def answer(status: int, *, json: object = None, content: bytes | None = None, **headers: str) -> Handler:
    """Return a handler that gives a fresh response each time."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content is None:
        return lambda _: httpx.Response(status, json=json, headers=named)
    return lambda _: httpx.Response(status, stream=Chunks(content), headers=named)


class Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in chunks, for both forms; `before` runs before each."""

    def __init__(self, *chunks: bytes | Exception, before: Callable[[], None] = lambda: None) -> None:
        self._chunks = chunks
        self._before = before
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._before()
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def __aiter__(self) -> Any:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.close()
