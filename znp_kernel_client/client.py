"""Simple clients over httpx: one kernel, one connection pool, nothing retried. The only module that imports httpx."""

import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from .api import AsyncKernelApi, KernelApi
from .errors import ArgumentError, RequestError, RequestTimeout
from .types import RawResponse, Request, Response

T = TypeVar("T")

_FAILURES = (httpx.HTTPError, httpx.InvalidURL, RuntimeError)
"""What httpx raises when no answer comes; a bare RuntimeError once the client is closed."""


class Client(KernelApi):
    """Reaches one kernel and waits for its answers.

    `base_url` is the kernel's address, such as `http://10.0.0.5:23860`; the operations' paths are appended to it.
    Credentials are a pair `auth=(user, password)`, or a `token` that is sent as a Bearer token, or neither. `timeout`
    is in seconds, for connecting and for each read and write; None waits without bound. `verify` is False, or the path of
    a file with CA certificates, to check the kernel's certificate otherwise than by the system's authorities.
    Redirects are not followed, and the environment supplies neither proxies nor credentials.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        token: str | None = None,
        timeout: float | None = 5.0,
        verify: bool | str = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = _checked_url(base_url)
        self._http = httpx.Client(transport=transport, **_options(auth, token, timeout, verify))

    def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`.

        Raises `RequestError` when no answer came, and whatever `parse` raises.
        """
        try:
            answer = self._http.request(**_arguments(self.base_url, request))
        except _FAILURES as error:
            raise _translated(error) from error
        return _raw(answer).parsed_by(parse)

    def close(self) -> None:
        """Close all connections. Closing twice does no harm."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"


class AsyncClient(AsyncKernelApi):
    """Reaches one kernel without blocking the event loop. Takes what `Client` takes."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        token: str | None = None,
        timeout: float | None = 5.0,
        verify: bool | str = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = _checked_url(base_url)
        self._http = httpx.AsyncClient(transport=transport, **_options(auth, token, timeout, verify))

    async def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`.

        Raises `RequestError` when no answer came, and whatever `parse` raises.
        """
        try:
            answer = await self._http.request(**_arguments(self.base_url, request))
        except _FAILURES as error:
            raise _translated(error) from error
        return _raw(answer).parsed_by(parse)

    async def aclose(self) -> None:
        """Close all connections. Closing twice does no harm."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"


def _checked_url(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
    except ValueError as error:
        raise ArgumentError("base_url", str(error)) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ArgumentError("base_url", "must begin with http:// or https:// and name a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ArgumentError("base_url", "must hold no credentials, no query and no fragment")
    return base_url.rstrip("/")


def _options(
    auth: tuple[str, str] | None, token: str | None, timeout: float | None, verify: bool | str
) -> dict[str, Any]:
    if auth is not None and token is not None:
        raise ArgumentError("token", "cannot be used together with auth")
    headers = {} if token is None else {"Authorization": f"Bearer {_checked_token(token)}"}
    # Without an explicit auth, httpx would take user and password from the environment or the URL.
    basic = httpx.BasicAuth(*auth) if auth is not None else None
    return {
        "auth": basic,
        "headers": headers,
        "timeout": timeout,
        "verify": _with_authorities(verify) if isinstance(verify, str) else verify,
        "trust_env": False,
        "follow_redirects": False,
    }


def _with_authorities(path: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise ArgumentError("verify", f"{path} holds no certificates that can be read: {error}") from None


def _checked_token(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable():
        raise ArgumentError("token", "must be printable ASCII and not empty")
    return token


def _arguments(base_url: str, request: Request) -> dict[str, Any]:
    headers = {"Accept": request.accept}
    if request.content is not None:
        headers["Content-Type"] = "application/json"
    return {
        "method": request.method,
        "url": base_url + request.path,
        "params": list(request.query) or None,
        "content": request.content,
        "headers": headers,
    }


def _raw(answer: httpx.Response) -> RawResponse:
    return RawResponse(status=answer.status_code, headers=answer.headers, content=answer.content)


def _translated(error: Exception) -> RequestError:
    kind = RequestTimeout if isinstance(error, httpx.TimeoutException) else RequestError
    return kind(f"{type(error).__name__}: {error}")


__all__ = ["AsyncClient", "Client"]
