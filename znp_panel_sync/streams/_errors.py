"""The streams' own error."""

from znp_panel_sync.errors import KernelError


class StreamNotOfferedError(KernelError):
    """The kernel answered 404 or 501: it has no such stream."""

    def __init__(self, *, kernel: str, operation: str | None = None) -> None:
        super().__init__("the kernel does not offer this stream", kernel=kernel, operation=operation)


class BrokenStreamError(Exception):
    """What comes is no usable stream; it is opened anew. The text is the reason that a gap gives."""
