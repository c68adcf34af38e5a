"""Answers that go on for long, on an event loop."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from znp_panel_sync.kernel._calls import Call
from znp_panel_sync.kernel._failures import Failures, kernel_errors
from znp_panel_sync.kernel._streaming import StreamHead

if TYPE_CHECKING:
    from znp_panel_sync.kernel._exchanges import AsyncAnswer


class AsyncKernelStream(StreamHead):
    """A stream for asyncio: `async for` gives its chunks of bytes as they come, once.

    Silence raises `KernelTimeoutError`, other trouble `KernelUnreachableError`; the end of the answer ends the loop.
    """

    def __init__(self, answer: "AsyncAnswer", call: Call, idle_timeout: float, failures: Failures) -> None:
        super().__init__(answer.status, answer.headers, call, idle_timeout)
        self._answer = answer
        self._failures = failures

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._answer)
        while True:
            with kernel_errors(self._failures, self._call.kernel, self._call.request.operation, self._idle_timeout):
                async with asyncio.timeout(self._idle_timeout):
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def aclose(self) -> None:
        """Close the stream; a second time does nothing."""
        await self._answer.aclose()
