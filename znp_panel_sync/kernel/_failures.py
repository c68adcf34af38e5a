"""What an exception of the network stands for: which of our errors, and the reason that it names."""

import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from attrs import frozen

from znp_panel_sync.errors import KernelTimeoutError, KernelUnreachableError
from znp_panel_sync.kernel._parser import BrokenAnswerError, CutAnswerError

Kinds = tuple[type[BaseException], ...]


@frozen
class Failures:
    """Exceptions that a kind of transport lets out, beside those of the operating system."""

    timeouts: Kinds = ()
    cuts: Kinds = ()
    """The connection ended in the middle."""
    protocol: Kinds = ()
    """What came was no HTTP."""
    others: Kinds = ()
    cut_in_words: tuple[str, ...] = ()
    """How a text begins that stands for a cut, in lower case, where there is no class for it."""

    @property
    def all_timeouts(self) -> Kinds:
        """Everything that stands for a wait that took too long."""
        return (*self.timeouts, TimeoutError)

    @property
    def all_failures(self) -> Kinds:
        """Everything else that stands for a kernel that was not reached."""
        return (*self.cuts, *self.protocol, *self.others, BrokenAnswerError, OSError)

    def reason(self, causes: list[BaseException]) -> str:
        """Return the reason that the first fitting row of the table gives for these causes."""
        if any(str(cause).lower().startswith(self.cut_in_words) for cause in causes):
            return "reset"
        rows: tuple[tuple[str, Kinds], ...] = (
            ("dns", (socket.gaierror,)),
            ("refused", (ConnectionRefusedError,)),
            ("reset", (*_CUTS, *self.cuts)),
            ("tls", (ssl.SSLError,)),
            ("protocol", (BrokenAnswerError, *self.protocol)),
        )
        return next((name for name, kinds in rows if any(isinstance(cause, kinds) for cause in causes)), "network")


_CUTS: Final[Kinds] = (
    *(ConnectionResetError, ConnectionAbortedError, BrokenPipeError),
    *(ssl.SSLEOFError, ssl.SSLZeroReturnError, CutAnswerError),
)

_PROBLEMS: Final = {
    "dns": "the kernel's name cannot be resolved",
    "refused": "the kernel refuses connections",
    "reset": "the connection to the kernel was cut",
    "tls": "there is no trusted TLS connection to the kernel",
    "protocol": "what answers does not speak HTTP",
    "network": "the kernel cannot be reached",
}


@contextmanager
def kernel_errors(failures: Failures, kernel: str, operation: str, timeout: float) -> Iterator[None]:
    """Turn whatever a transport raises into our errors; theirs, which may show what is secret, are dropped."""
    handled_by_caller = sys.exception()
    try:
        yield
    except failures.all_timeouts:
        message = f"no answer within {timeout:g} seconds"
        raise KernelTimeoutError(message, kernel=kernel, operation=operation) from None
    except failures.all_failures as error:
        causes = list(_causes(error, handled_by_caller))
        reason = failures.reason(causes)
        message = _PROBLEMS[reason] + _detail(causes)
        raise KernelUnreachableError(message, reason=reason, kernel=kernel, operation=operation) from None


def _causes(error: BaseException | None, last: BaseException | None) -> Iterator[BaseException]:
    """Go down from an error to what the operating system said; several addresses may each have failed.

    What the caller was handling when it called is not among the causes, although Python chains it to them.
    """
    while error is not None and error is not last:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member, last)
        error = error.__cause__ or error.__context__


def _detail(causes: list[BaseException]) -> str:
    """Add what the operating system or OpenSSL says; the texts of httpx are left out."""
    for cause in causes:
        said = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
        if said:
            return f": {said}"
    return ""
