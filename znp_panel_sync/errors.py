"""Every error that leaves this package.

::

    ZnpError
    ├── ConfigurationError (also ValueError)
    ├── KernelError
    │   ├── KernelUnreachableError
    │   ├── KernelTimeoutError
    │   ├── KernelResponseError
    │   │   ├── BadRequestError       400, 422
    │   │   ├── UnauthorizedError     401
    │   │   ├── ForbiddenError        403
    │   │   ├── NotFoundError         404
    │   │   ├── ConflictError         409
    │   │   ├── RateLimitedError      429
    │   │   └── KernelFaultError      5xx
    │   ├── UndecodableAnswerError
    │   ├── AnswerTooLargeError
    │   └── KernelUsageError          used after close, or from another event loop
    └── (each room adds its own)

All of them can be pickled, name the kernel they are about, and hold no credential.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

SHOWN_BODY_CHARACTERS: Final = 1024
"""How much of a refused request's answer an error keeps: as much as the reference panel shows."""

REPEATABLE_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed a moment later."""


def _restore(kind: type["ZnpError"], args: tuple[object, ...], state: Mapping[str, Any]) -> "ZnpError":
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ZnpError(Exception):
    """Root of all errors of this package.

    `retryable` tells whether the same call may succeed later without anybody changing anything.
    """

    retryable: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by state, since constructors of this tree take keyword arguments."""
        return _restore, (type(self), self.args, self.__dict__)


class ConfigurationError(ZnpError, ValueError):
    """A value that was given is wrong: `field` names it, `problem` says why. Nothing has been sent."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class KernelError(ZnpError):
    """A call of a kernel failed.

    `kernel` is its base URL, `operation` the name of the operation (None: not about a single one).
    """

    def __init__(self, message: str, *, kernel: str, operation: str | None = None) -> None:
        target = f"{operation} at {kernel}" if operation else kernel
        super().__init__(f"{message} ({target})")
        self.kernel = kernel
        self.operation = operation


class KernelUnreachableError(KernelError):
    """No answer came, because there is no working connection.

    `reason` is one of `dns`, `refused`, `reset`, `tls`, `protocol` and `network`.
    """

    def __init__(self, message: str, *, reason: str, kernel: str, operation: str | None = None) -> None:
        super().__init__(message, kernel=kernel, operation=operation)
        self.reason = reason
        self.retryable = reason != "tls"


class KernelTimeoutError(KernelError):
    """The whole answer did not arrive before the deadline. The kernel may have done what it was asked."""

    retryable = True


class UndecodableAnswerError(KernelError):
    """The answer came with the right status, but is not what the contract says: an HTML page of a proxy, say."""


class AnswerTooLargeError(KernelError):
    """The decoded answer is larger than `limit` bytes; reading it was given up there."""

    def __init__(self, *, limit: int, kernel: str, operation: str | None = None) -> None:
        super().__init__(f"the answer is larger than {limit} bytes", kernel=kernel, operation=operation)
        self.limit = limit


class KernelUsageError(KernelError):
    """The kernel object cannot be used here: it is closed, or belongs to another event loop."""


class KernelResponseError(KernelError):
    """The kernel answered with a status that is not the operation's success.

    `status` is the HTTP status, `code` and `message` are what the kernel says about it (empty where it says nothing),
    `body` holds the first 1,024 characters of the answer, and `retry_after` the seconds that the kernel asks to wait
    (None: it asks for nothing).
    """

    def __init__(
        self,
        status: int,
        *,
        kernel: str,
        operation: str | None = None,
        code: str = "",
        message: str = "",
        body: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(_response_line(status, message or body), kernel=kernel, operation=operation)
        self.status = status
        self.code = code
        self.message = message
        self.body = body[:SHOWN_BODY_CHARACTERS]
        self.retry_after = retry_after
        self.retryable = status in REPEATABLE_STATUSES


class BadRequestError(KernelResponseError):
    """400 or 422: the kernel does not accept what was sent."""


class UnauthorizedError(KernelResponseError):
    """401: the kernel does not know these credentials."""


class ForbiddenError(KernelResponseError):
    """403: the kernel knows these credentials, and refuses."""


class NotFoundError(KernelResponseError):
    """404: there is no such thing at this kernel, or no such operation."""


class ConflictError(KernelResponseError):
    """409: what was asked contradicts what is there."""


class RateLimitedError(KernelResponseError):
    """429: too many requests; `retry_after` tells how long to wait where the kernel says so."""


class KernelFaultError(KernelResponseError):
    """5xx: something failed at the kernel, or at a proxy before it."""


_BY_STATUS: Final[Mapping[int, type[KernelResponseError]]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: BadRequestError,
    429: RateLimitedError,
}


def response_error_type(status: int) -> type[KernelResponseError]:
    """Return the class of the error for an HTTP status."""
    fallback = KernelFaultError if 500 <= status <= 599 else KernelResponseError
    return _BY_STATUS.get(status, fallback)


def _response_line(status: int, said: str) -> str:
    line = f"kernel control: {status} {_phrase(status)}".rstrip()
    shown = _one_line(said)
    return f"{line}: {shown}" if shown else line


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _one_line(text: str) -> str:
    """Make foreign text safe for a line of a log: no line breaks and no control characters."""
    words = " ".join(text[:SHOWN_BODY_CHARACTERS].split())
    return "".join(character if character.isprintable() else "�" for character in words)
