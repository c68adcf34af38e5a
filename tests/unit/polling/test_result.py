"""Which reason and which error stands for what went wrong."""

import errno
import socket
import ssl
from typing import Any

import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    ConfigurationError,
    KernelError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    KernelUsageError,
    UndecodableAnswerError,
    ZnpError,
)
from znp_panel_sync.polling import Reason
from znp_panel_sync.polling._result import INTERNAL_TROUBLE, connection_failed, failed

CONTROL = NodeControl("http://kernel.example.com", token="canary-secret")
AT: dict[str, Any] = {"kernel": CONTROL.base_url}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Reason.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Reason.RESET),
        (ConnectionResetError("SSL connection is closed"), Reason.RESET),
        (BrokenPipeError(errno.EPIPE, "pipe"), Reason.RESET),
        (TimeoutError(), Reason.TIMED_OUT),
        (OSError(errno.ETIMEDOUT, "timed out"), Reason.TIMED_OUT),
        (OSError(errno.EHOSTUNREACH, "no route"), Reason.NETWORK),
        (OSError(errno.ENETUNREACH, "no network"), Reason.NETWORK),
        (OSError("the host name has no address"), Reason.NETWORK),
        (socket.gaierror(socket.EAI_NONAME, "not known"), Reason.DNS),
        (ssl.SSLCertVerificationError("wrong name"), Reason.TLS),
        (ssl.SSLError("wrong version"), Reason.TLS),
        (ConfigurationError("verify", "cannot be read"), Reason.TLS),
        (OSError(errno.EMFILE, "too many open files"), Reason.INTERNAL),
        (OSError(errno.EADDRNOTAVAIL, "no port left"), Reason.INTERNAL),
    ],
)
def test_a_failed_connection(error: Exception, reason: Reason) -> None:
    result = connection_failed(CONTROL, error)
    assert result.reason is reason
    assert (result.error is None) == (reason is Reason.INTERNAL)
    assert "canary" not in str(result.error) + repr(result)
    if isinstance(result.error, KernelUnreachableError):
        assert result.error.reason == reason.value
    assert result.protocols == ()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KernelResponseError(401, **AT), Reason.UNAUTHORIZED),
        (KernelResponseError(403, **AT), Reason.FORBIDDEN),
        (KernelResponseError(307, **AT), Reason.REDIRECTED),
        (KernelResponseError(204, **AT), Reason.HTTP_ERROR),
        (KernelResponseError(500, **AT), Reason.HTTP_ERROR),
        (KernelTimeoutError("x", **AT), Reason.TIMED_OUT),
        (AnswerTooLargeError(limit=1, **AT), Reason.TOO_LARGE),
        (UndecodableAnswerError("x", **AT), Reason.UNDECODABLE),
        (KernelUnreachableError("x", reason="dns", **AT), Reason.DNS),
        (KernelUnreachableError("x", reason="protocol", **AT), Reason.NETWORK),
    ],
)
def test_an_error_of_this_package(error: KernelError, reason: Reason) -> None:
    result = failed(error)
    assert (result.reason, result.error) == (reason, error)


@pytest.mark.parametrize("error", [KernelUsageError("closed", **AT), ConfigurationError("verify", "cannot be read")])
def test_what_is_our_own_doing_is_internal(error: ZnpError) -> None:
    assert failed(error) is INTERNAL_TROUBLE
