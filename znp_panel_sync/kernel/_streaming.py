"""Answers that go on for long: their chunks as they come, with a bound on silence."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from znp_panel_sync.kernel._calls import Call
from znp_panel_sync.kernel._sockets import Deadline

if TYPE_CHECKING:
    from znp_panel_sync.kernel._http import Response


class StreamHead:
    """What is known of a stream before its first chunk."""

    def __init__(self, status: int, headers: Mapping[str, str], call: Call, idle_timeout: float) -> None:
        self.status = status
        """The HTTP status, one of the request's `success`."""
        self.headers = headers
        """The headers; names are looked up whatever their case."""
        self._call = call
        self._idle_timeout = idle_timeout


class KernelStream(StreamHead):
    """A stream that blocks: iterating gives its chunks of bytes as they come, once.

    Silence raises `KernelTimeoutError`, other trouble `KernelUnreachableError`; the end of the answer ends the loop.
    """

    def __init__(self, response: "Response", call: Call, deadline: Deadline, idle_timeout: float) -> None:
        super().__init__(response.status_code, response.headers, call, idle_timeout)
        self._response = response
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        from znp_panel_sync.kernel import _http

        with _http.kernel_errors(self._call.kernel, self._call.request.operation, self._idle_timeout):
            self._deadline.restart(self._idle_timeout)
            for chunk in _http.body_of(self._response):
                self._deadline.check()
                yield chunk
                self._deadline.restart(self._idle_timeout)

    def abort(self) -> None:
        """Cut the connection, from any thread: whoever waits for a chunk sees an error or the end at once."""
        abort = getattr(self._response.extensions.get("network_stream"), "abort", None)
        if abort is not None:
            abort()

    def close(self) -> None:
        """Close the stream, from the thread that reads it; a second time does nothing."""
        from znp_panel_sync.kernel import _http

        _http.body_of(self._response).close()
