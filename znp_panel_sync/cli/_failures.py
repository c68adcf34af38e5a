"""Exit statuses, and what each error tells the user to do."""

from enum import IntEnum
from typing import Final

import click

from znp_panel_sync.errors import (
    AnswerTooLargeError,
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    KernelFaultError,
    KernelTimeoutError,
    KernelUnreachableError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UndecodableAnswerError,
    ZnpError,
)


class ExitStatus(IntEnum):
    """How the command ends; the docstrings stand in `znp-sync --help` and on the page about the command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    UNAUTHORIZED = 4
    NO_KERNEL = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


MEANINGS: Final = {
    ExitStatus.OK: "it worked, or a command that runs until it is interrupted was interrupted",
    ExitStatus.FAILED: "the kernel is not healthy, refuses what was asked, or something of it failed",
    ExitStatus.USAGE: "an option, an argument or a file is wrong, or an extra is not installed; nothing was sent",
    ExitStatus.UNREACHABLE: "the kernel gave no answer: no connection, no such host, a bad certificate, or too late",
    ExitStatus.UNAUTHORIZED: "the kernel does not accept the credentials, or they may not do this",
    ExitStatus.NO_KERNEL: "what answered is no kernel, or its answer is too large",
    ExitStatus.INTERRUPTED: "interrupted by Ctrl-C before it was done",
    ExitStatus.PIPE_CLOSED: "whoever read the output has gone, as with | head",
    ExitStatus.TERMINATED: "ended by SIGTERM before it was done",
}


class Failure(click.ClickException):
    """The command ends with one line and an exit status."""

    def __init__(self, message: str, status: ExitStatus = ExitStatus.FAILED) -> None:
        super().__init__(message)
        self.status = status


_ADVICE: Final[tuple[tuple[type[ZnpError], ExitStatus, str], ...]] = (
    (ConfigurationError, ExitStatus.USAGE, ""),
    (KernelTimeoutError, ExitStatus.UNREACHABLE, "is the kernel busy? Allow more with --timeout"),
    (UnauthorizedError, ExitStatus.UNAUTHORIZED, "give its credentials with --credentials FILE, --ask or --token-env"),
    (ForbiddenError, ExitStatus.UNAUTHORIZED, "use credentials that may do this"),
    (UndecodableAnswerError, ExitStatus.NO_KERNEL, "is this the URL of a kernel's control interface?"),
    (AnswerTooLargeError, ExitStatus.NO_KERNEL, "is this the URL of a kernel's control interface?"),
    (NotFoundError, ExitStatus.FAILED, "check the id, and whether this kernel offers the operation"),
    (ConflictError, ExitStatus.FAILED, "look at what is there already"),
    (RateLimitedError, ExitStatus.FAILED, "try again a little later"),
    (KernelFaultError, ExitStatus.FAILED, "the kernel's own log knows more"),
)
"""The first class that fits counts."""

_ADVICE_BY_REASON: Final = {
    "dns": "check the host name",
    "tls": "check the certificate, or name its CA with --ca FILE",
    "refused": "does the kernel run, and is the port right?",
}


def failure_of(error: ZnpError) -> Failure:
    """Say in one line what went wrong and what to do, with the exit status for it."""
    if isinstance(error, KernelUnreachableError):
        return _advised(error, ExitStatus.UNREACHABLE, _ADVICE_BY_REASON.get(error.reason, "check the network"))
    for kind, status, advice in _ADVICE:
        if isinstance(error, kind):
            return _advised(error, status, advice)
    return Failure(str(error))


def _advised(error: ZnpError, status: ExitStatus, advice: str) -> Failure:
    return Failure(f"{error}: {advice}" if advice else str(error), status)
