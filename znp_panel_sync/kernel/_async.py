"""`AsyncKernel`: every operation of one kernel, for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from znp_kernel_client.api import AsyncKernelApi
from znp_kernel_client.types import RawResponse, Request, Response
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError, KernelUsageError
from znp_panel_sync.kernel._arguments import translates_arguments
from znp_panel_sync.kernel._async_connections import AsyncConnections
from znp_panel_sync.kernel._async_streaming import AsyncKernelStream
from znp_panel_sync.kernel._base import KernelBase
from znp_panel_sync.kernel._calls import DEFAULT_MAX_BODY_BYTES, DEFAULT_RETRIES, Call, Timing
from znp_panel_sync.kernel._failures import kernel_errors
from znp_panel_sync.kernel._sockets import Deadline

if TYPE_CHECKING:
    from znp_panel_sync.kernel._exchanges import AsyncAnswer
    from znp_panel_sync.kernel._http import AsyncBaseTransport

T = TypeVar("T")


@translates_arguments
class AsyncKernel(KernelBase[AsyncConnections], AsyncKernelApi):
    """Every operation of one kernel, awaited: `await kernel.status.get_status(include="nodes")`, ….

    Deadline, retries, limits and errors are those of `Kernel`; here the deadline holds for any transport. Without a
    `transport`, connections are our own, at most a hundred at once, and know nothing of httpx: a tool that replaces
    parts of httpx sees no request. Tests of such a tool pass `httpx.AsyncHTTPTransport()` or a mock of their own.

    The object belongs to the event loop that first uses it, and says so when another one does. Close it, or use
    `async with`.
    """

    def __init__(
        self,
        control: NodeControl,
        *,
        transport: "AsyncBaseTransport | None" = None,
        retries: int = DEFAULT_RETRIES,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(control, AsyncConnections(control, transport), retries, max_body_bytes, timing)

    async def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send a request and return its answer, decoded by `parse`; every operation goes this way."""
        call = self._call(request)
        deadline = Deadline(self._options.timeout, asyncio.get_running_loop().time)
        attempt = 1
        while True:
            try:
                return call.answered(await self._exchange(call, deadline.remaining()), parse)
            except KernelError as error:
                pause = call.pause_after(error, attempt=attempt, remaining=deadline.remaining())
                if pause is None:
                    raise
            await self._timing.async_sleep(pause)
            attempt += 1

    async def healthy(self) -> bool:
        """Tell whether the kernel's liveness probe answers `ok`; False for no answer, and for every other one.

        What is wrong on this side (a CA file that cannot be read, a closed kernel) is raised.
        """
        try:
            return (await self.status.get_health()).strip() == "ok"
        except KernelUsageError:
            raise
        except KernelError:
            return False

    async def aclose(self) -> None:
        """Close all connections, those in use too; calls that follow raise `KernelUsageError`. May be called twice."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @asynccontextmanager
    async def open_stream(
        self, request: Request, *, idle_timeout: float, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncKernelStream]:
        """Open an answer that goes on for long, and close it at the end of the `async with` block.

        The answer's head must come within the kernel's timeout. `idle_timeout` is the longest silence between two
        chunks in seconds. Nothing is retried. `headers` are sent beside the usual ones. Raises the errors of a call.
        """
        stream = await self._open(self._stream_call(request, headers), idle_timeout)
        try:
            yield stream
        finally:
            await stream.aclose()

    async def _open(self, call: Call, idle_timeout: float) -> AsyncKernelStream:
        transport = self._connections.transport()
        with kernel_errors(transport.failures, call.kernel, call.request.operation, call.options.timeout):
            async with asyncio.timeout(call.options.timeout):
                answer = await transport.send(call)
                stream = AsyncKernelStream(answer, call, idle_timeout, transport.failures)
                if answer.status not in call.request.success:
                    async with aclosing(stream):
                        raise call.refused(await _read(answer, call))
                return stream

    async def _exchange(self, call: Call, seconds: float) -> RawResponse:
        transport = self._connections.transport()
        with kernel_errors(transport.failures, call.kernel, call.request.operation, call.options.timeout):
            async with asyncio.timeout(seconds):
                answer = await transport.send(call)
                try:
                    return await _read(answer, call)
                finally:
                    await answer.aclose()


async def _read(answer: "AsyncAnswer", call: Call) -> RawResponse:
    """Read an answer that has begun to arrive to its end, or as far as it is wanted; the caller bounds the time."""
    reader = call.reader(answer.status, answer.headers)
    async for chunk in answer:
        if not reader.feed(chunk):
            break
    return RawResponse(answer.status, answer.headers, reader.content())
