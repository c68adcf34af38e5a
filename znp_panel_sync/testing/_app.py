"""The kernel's HTTP face: from ASGI to the table of operations and back."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from znp_panel_sync.testing._credentials import Credentials
from znp_panel_sync.testing._kernel.refusal import RefusedError, bad_request
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._operations import OPERATIONS, Call, Operation, read_call

IDENTITY = "znp.identity"
"""Key of the scope under which further routes find who asks: an access key, `token`, or None."""

_PUBLIC_PATHS = frozenset(operation.path for operation in OPERATIONS if operation.is_public)


def create_app(
    kernel: KernelState, credentials: Callable[[], Credentials], routes: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """Make the application; further `routes`, such as those of the streams, come before the table's.

    `credentials` is asked at each request, since they may change while the kernel runs. All routes see paths as they
    were sent, so that an encoded slash in an id stays a part of the id.
    """
    handlers: dict[Any, Any] = {HTTPException: _answer_http_exception, RefusedError: _answer_refusal}
    app = Starlette(routes=[*routes, *_routes(kernel)], exception_handlers=handlers)
    app.router.redirect_slashes = False
    return _Guard(app, kernel, credentials)


def refusal_response(refusal: RefusedError) -> Response:
    """Return the answer to a request that is refused."""
    return json_response(refusal.document(), refusal.status, refusal.headers)


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer; escaped to ASCII, since strings may hold what UTF-8 cannot express."""
    return Response(json.dumps(document), status, dict(headers or {}), "application/json")


class _Guard:
    """Keeps the paths as they were sent, and lets through those who may ask, as often as they may."""

    def __init__(self, app: ASGIApp, kernel: KernelState, credentials: Callable[[], Credentials]) -> None:
        self._app = app
        self._kernel = kernel
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path_as_sent(scope)
        try:
            identity = self._admit(path, scope)
        except RefusedError as refusal:
            await refusal_response(refusal)(scope, receive, send)
        else:
            await self._app({**scope, "path": path, IDENTITY: identity}, receive, send)

    def _admit(self, path: str, scope: Scope) -> str | None:
        if path in _PUBLIC_PATHS:
            return None
        authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        identity = self._credentials().identify(authorization.decode("latin-1"))
        with self._kernel.lock:
            self._kernel.limits.admit(path, identity)
        return identity


def _path_as_sent(scope: Scope) -> str:
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")


def _routes(kernel: KernelState) -> list[Route]:
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, _endpoint(kernel, by_method), methods=[*by_method]) for path, by_method in by_path.items()]


def _endpoint(kernel: KernelState, by_method: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        content = await request.body()
        with kernel.lock:
            kernel.settle()
            return _answered(_audited(kernel, operation, request, content))

    return answer


def _audited(kernel: KernelState, operation: Operation, request: Request, content: bytes) -> Any:
    call, failure = Call(), None
    try:
        path = {name: _decoded(name, value) for name, value in request.path_params.items()}
        call = Call(path)
        call = read_call(operation, path, request.query_params.multi_items(), content)
        return operation.handle(kernel, call)
    except RefusedError as refusal:
        failure = refusal.message
        raise
    finally:
        if operation.changes:
            kernel.audit.write(
                action=operation.name,
                endpoint=f"{operation.method} {operation.path}",
                actor=request.scope[IDENTITY],
                target=call.target,
                success=failure is None,
                detail=failure,
            )


def _decoded(name: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise bad_request(f"path.{name}: is not UTF-8") from None


def _answered(result: Any) -> Response:
    if result is None:
        return Response(status_code=204)
    return PlainTextResponse(result) if isinstance(result, str) else json_response(result)


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    del request
    code = error.detail.lower().replace(" ", "_")
    return json_response({"code": code, "message": error.detail}, error.status_code, error.headers)


async def _answer_refusal(request: Request, refusal: RefusedError) -> Response:
    del request
    return refusal_response(refusal)
