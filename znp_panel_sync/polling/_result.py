"""How one poll ended, and which of our errors and reasons stands for what went wrong."""

import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    KernelError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    UndecodableAnswerError,
    ZnpError,
)
from znp_panel_sync.polling._answer import KernelNode, protocols_of
from znp_panel_sync.polling.model import ProtocolHealth, Reason

OPERATION: Final = "get_status"

_OURS: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
)
"""Errors of connecting that say something about this machine, and nothing about the kernel."""
_ENDED: Final = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})
_BY_STATUS: Final[Mapping[int, Reason]] = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN}


@frozen
class PollResult:
    """How a poll ended.

    `error` is None when the kernel was reached, and for trouble of ours (`INTERNAL`); `nodes` are those of the answer.
    `is_streamed` tells that the answer is the latest document of a stream.
    """

    reason: Reason
    error: KernelError | None = None
    nodes: Sequence[KernelNode] = ()
    is_streamed: bool = False

    @property
    def protocols(self) -> tuple[ProtocolHealth, ...]:
        """What the answer says about the kernel's protocols; found out when asked, as most polls change nothing."""
        return protocols_of(self.nodes)


INTERNAL_TROUBLE: Final = PollResult(Reason.INTERNAL)


def timed_out(control: NodeControl) -> PollResult:
    """Return the result of a poll that was not answered in time."""
    message = f"no complete answer within {control.timeout:g} s"
    return PollResult(Reason.TIMED_OUT, KernelTimeoutError(message, kernel=control.base_url, operation=OPERATION))


def unreachable(control: NodeControl, reason: Reason, problem: str) -> PollResult:
    """Return the result of a poll for which there was no working connection."""
    error = KernelUnreachableError(problem, reason=reason.value, kernel=control.base_url, operation=OPERATION)
    return PollResult(reason, error)


def connection_failed(control: NodeControl, error: Exception) -> PollResult:
    """Return the result of a poll whose connection could not be made, or broke."""
    if isinstance(error, TimeoutError):
        return timed_out(control)
    if isinstance(error, socket.gaierror):
        return unreachable(control, Reason.DNS, f"the host name was not resolved: {error.strerror}")
    if isinstance(error, ssl.SSLError | ssl.CertificateError):
        return unreachable(control, Reason.TLS, f"TLS failed: {error}")
    if isinstance(error, ZnpError):
        return unreachable(control, Reason.TLS, f"TLS cannot be used: {error}")
    return _by_number(control, error)


def failed(error: ZnpError) -> PollResult:
    """Return the result of a poll that ended in an error of this package."""
    match error:
        case KernelResponseError():
            redirected = 300 <= error.status < 400
            reason = Reason.REDIRECTED if redirected else _BY_STATUS.get(error.status, Reason.HTTP_ERROR)
            return PollResult(reason, error)
        case KernelTimeoutError():
            return PollResult(Reason.TIMED_OUT, error)
        case AnswerTooLargeError():
            return PollResult(Reason.TOO_LARGE, error)
        case UndecodableAnswerError():
            return PollResult(Reason.UNDECODABLE, error)
        case KernelUnreachableError():
            known = error.reason in tuple(Reason)
            return PollResult(Reason(error.reason) if known else Reason.NETWORK, error)
        case _:
            return INTERNAL_TROUBLE


def _by_number(control: NodeControl, error: Exception) -> PollResult:
    number = getattr(error, "errno", None)
    if number in _OURS:
        return INTERNAL_TROUBLE
    if number == errno.ECONNREFUSED:
        return unreachable(control, Reason.REFUSED, "the connection was refused")
    if number in _ENDED or (number is None and isinstance(error, ConnectionError)):
        return unreachable(control, Reason.RESET, "the connection was reset")
    return unreachable(control, Reason.NETWORK, f"no connection: {error}")
