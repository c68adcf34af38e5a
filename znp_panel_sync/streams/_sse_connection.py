"""One connection of a stream over server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from attrs import define

from znp_kernel_client.types import Request
from znp_panel_sync.kernel import AsyncKernel, AsyncKernelStream
from znp_panel_sync.streams._errors import BrokenStreamError
from znp_panel_sync.streams._frames import Frame
from znp_panel_sync.streams._sse import EventTooLargeError, SseDecoder

Frames = AsyncGenerator[Frame, None]


@define
class SseConnector:
    """Opens SSE connections; remembers what the stream asks of the next one."""

    kernel: AsyncKernel
    request: Request
    idle_timeout: float
    max_frame_bytes: int
    last_event_id: str = ""
    retry: int | None = None

    def open(self) -> AbstractAsyncContextManager[Frames]:
        """Connect, for the length of an `async with` block, whose value gives the frames."""
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Frames, None]:
        headers = {"Last-Event-ID": self.last_event_id} if _is_sendable(self.last_event_id) else {}
        opening = self.kernel.open_stream(self.request, idle_timeout=self.idle_timeout, headers=headers)
        async with opening as stream:
            _refuse_other_content(stream)
            yield self._frames(stream)

    async def _frames(self, stream: AsyncKernelStream) -> Frames:
        decoder = SseDecoder(self.max_frame_bytes, self.last_event_id)
        async for chunk in stream:
            try:
                events = decoder.feed(chunk)
            except EventTooLargeError:
                raise BrokenStreamError(f"an event of more than {self.max_frame_bytes} bytes") from None
            self.retry, self.last_event_id = decoder.retry, decoder.last_event_id
            for event in events:
                yield Frame(event.event, event.data)


def _is_sendable(event_id: str) -> bool:
    return bool(event_id) and event_id.isascii() and event_id.isprintable()


def _refuse_other_content(stream: AsyncKernelStream) -> None:
    content_type = stream.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != "text/event-stream":
        raise BrokenStreamError(f"an answer of the type {content_type or 'unknown'}")
    encoding = stream.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise BrokenStreamError(f"an answer in the encoding {encoding}, which was not asked for")
