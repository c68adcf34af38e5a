"""What a kernel answers when it does not do what it was asked."""

from collections.abc import Mapping
from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error: its HTTP status, and the code and message of the body."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"code": self.code, "message": self.message}


def bad_request(message: str) -> RefusedError:
    """Refuse what is malformed."""
    return RefusedError(400, "bad_request", message)


def unauthorized() -> RefusedError:
    """Refuse credentials that are missing or wrong, without saying which."""
    challenge = 'Basic realm="kernel", Bearer realm="kernel"'
    return RefusedError(401, "unauthorized", "credentials are missing or wrong", {"WWW-Authenticate": challenge})


def forbidden(message: str) -> RefusedError:
    """Refuse what nobody may do."""
    return RefusedError(403, "forbidden", message)


def not_found(kind: str, name: str) -> RefusedError:
    """Refuse to work on a thing that does not exist."""
    return RefusedError(404, "not_found", f"{kind} {name!r} does not exist")


def conflict(message: str) -> RefusedError:
    """Refuse what would overwrite something that exists."""
    return RefusedError(409, "conflict", message)


def rate_limited(key: str, retry_after: int) -> RefusedError:
    """Refuse a request above a limit; `retry_after` is the number of seconds until the next is let through."""
    return RefusedError(429, "rate_limited", f"too many requests for {key!r}", {"Retry-After": str(retry_after)})
