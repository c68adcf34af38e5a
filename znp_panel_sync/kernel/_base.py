"""What `Kernel` and `AsyncKernel` have in common: everything that waits for nothing."""

from collections.abc import Mapping
from copy import copy
from typing import Generic, Self, TypeVar

from znp_kernel_client.types import Request
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel._calls import Call, Options, Target, Timing

C = TypeVar("C")


class KernelBase(Generic[C]):
    """A kernel's target, limits and connections of the kind `C`."""

    def __init__(
        self, control: NodeControl, connections: C, retries: int, max_body_bytes: int, timing: Timing | None
    ) -> None:
        self._target = Target(_checked(control))
        self._connections = connections
        self._options = Options(control.timeout, retries, max_body_bytes)
        self._timing = timing or Timing()

    @property
    def control(self) -> NodeControl:
        """Where and as whom this kernel is reached."""
        return self._target.control

    @property
    def options(self) -> Options:
        """The limits of each call: total seconds, repetitions, and bytes of the decoded body."""
        return self._options

    def with_options(
        self, *, timeout: float | None = None, retries: int | None = None, max_body_bytes: int | None = None
    ) -> Self:
        """Return a view of this kernel with other limits, over the same connections; None keeps what is set.

        `timeout` is in seconds. Closing either closes both.
        """
        view = copy(self)
        view._options = self._options.changed(timeout, retries, max_body_bytes)
        return view

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.control!r})"

    def _call(self, request: Request, headers: Mapping[str, str] | None = None) -> Call:
        return Call(self._target, self._options, self._timing, request, list((headers or {}).items()))

    def _stream_call(self, request: Request, headers: Mapping[str, str] | None) -> Call:
        """Return the call of a stream, which must not wait in anybody's buffer to be compressed."""
        return self._call(request, {"Accept-Encoding": "identity", "Cache-Control": "no-store", **(headers or {})})


def _checked(control: object) -> NodeControl:
    if not isinstance(control, NodeControl):
        raise ConfigurationError("control", f"must be a NodeControl, not {type(control).__name__}")
    return control
