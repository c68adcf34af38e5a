"""`Kernel`: every operation of one kernel, for programs without an event loop."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from znp_kernel_client.api import KernelApi
from znp_kernel_client.types import RawResponse, Request, Response
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError, KernelUsageError
from znp_panel_sync.kernel._arguments import translates_arguments
from znp_panel_sync.kernel._base import KernelBase
from znp_panel_sync.kernel._calls import DEFAULT_MAX_BODY_BYTES, DEFAULT_RETRIES, Call, Timing
from znp_panel_sync.kernel._connections import Connections
from znp_panel_sync.kernel._sockets import Deadline
from znp_panel_sync.kernel._streaming import KernelStream

if TYPE_CHECKING:
    from znp_panel_sync.kernel._http import BaseTransport

T = TypeVar("T")


@translates_arguments
class Kernel(KernelBase[Connections], KernelApi):
    """Every operation of one kernel: `kernel.status.get_status(include="nodes")`, `kernel.users.list_users()`, ….

    Each call ends within `control.timeout` seconds, retries included, whatever the network does. Requests that can be
    repeated without harm (GET, PUT, DELETE, and the heartbeat) are sent up to `retries` times more after trouble with
    the connection and after 408, 429, 500, 502, 503 and 504. An answer of more than `max_body_bytes` decoded bytes is
    refused. All errors are `ZnpError`s; redirects are not followed.

    `transport` replaces the connections, for tests or for a network of your own; it stays yours, and is not closed
    here. Between two chunks that it delivers, the deadline is checked; its own waiting must be bounded by the timeouts
    in the request. None: connections of its own, one for each call in flight.

    One object serves many threads. After `fork()` a child makes its own connections. Close it, or use `with`.
    """

    def __init__(
        self,
        control: NodeControl,
        *,
        transport: "BaseTransport | None" = None,
        retries: int = DEFAULT_RETRIES,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(control, Connections(control, transport), retries, max_body_bytes, timing)

    def has_given_transport(self) -> bool:
        """Tell whether requests go through a transport that was passed in, and not over connections of its own."""
        return self._connections.is_given

    def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send a request and return its answer, decoded by `parse`; every operation goes this way."""
        call = self._call(request)
        deadline = Deadline(self._options.timeout, self._timing.monotonic)
        attempt = 1
        while True:
            try:
                return call.answered(self._exchange(call, deadline.rest()), parse)
            except KernelError as error:
                pause = call.pause_after(error, attempt=attempt, remaining=deadline.remaining())
                if pause is None:
                    raise
            self._timing.sleep(pause)
            attempt += 1

    def healthy(self) -> bool:
        """Tell whether the kernel's liveness probe answers `ok`; False for no answer, and for every other one.

        What is wrong on this side (a CA file that cannot be read, a closed kernel) is raised.
        """
        try:
            return self.status.get_health().strip() == "ok"
        except KernelUsageError:
            raise
        except KernelError:
            return False

    def close(self) -> None:
        """Close all connections, those in use too; calls that follow raise `KernelUsageError`. May be called twice."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def open_stream(
        self, request: Request, *, idle_timeout: float, headers: Mapping[str, str] | None = None
    ) -> Iterator[KernelStream]:
        """Open an answer that goes on for long, and close it at the end of the `with` block.

        The answer's head must come within the kernel's timeout. `idle_timeout` is the longest silence between two
        chunks in seconds. Nothing is retried. `headers` are sent beside the usual ones. Raises the errors of a call.
        """
        stream = self._open(self._stream_call(request, headers), idle_timeout)
        try:
            yield stream
        finally:
            stream.close()

    def _open(self, call: Call, idle_timeout: float) -> KernelStream:
        from znp_panel_sync.kernel import _http

        deadline = Deadline(call.options.timeout, self._timing.monotonic)
        with _http.kernel_errors(call.kernel, call.request.operation, call.options.timeout):
            response = self._connections.transport().handle_request(_http.new_request(call, deadline))
            stream = KernelStream(response, call, deadline, idle_timeout)
            if response.status_code not in call.request.success:
                with closing(stream):
                    raise call.refused(_http.read_answer(response, call.reader, deadline))
            return stream

    def _exchange(self, call: Call, deadline: Deadline) -> RawResponse:
        from znp_panel_sync.kernel import _http

        with _http.kernel_errors(call.kernel, call.request.operation, call.options.timeout):
            request = _http.new_request(call, deadline)
            return _http.exchange(self._connections.transport(), request, call.reader, deadline)
