"""The panel's actions as routes, for whoever the panel lets in."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, Final

from znp_panel_sync.errors import ConfigurationError, KernelError, ZnpError
from znp_panel_sync.events import _asgi
from znp_panel_sync.events._asgi import Receive, Scope, Send
from znp_panel_sync.events._strict_json import MalformedJsonError, parse_strictly
from znp_panel_sync.events.envelopes import Answer
from znp_panel_sync.panel.actions import AsyncPanelActions
from znp_panel_sync.panel.results import (
    ConfigurationNotFoundError,
    NodeNotFoundError,
    NodeNotReadyError,
    Result,
    to_document,
)

Authorize = Callable[[Scope], Awaitable[bool] | bool]
Document = Mapping[str, Any]
Action = Callable[[int, Document], Awaitable[Answer]]

MAX_BODY_BYTES: Final = 256 * 1024
"""The largest list of ids that is read: some 20,000."""

_FORBIDDEN: Final = Answer(403, {"message": "forbidden"})
_NOT_FOUND: Final = Answer(404, {"message": "no such action"})
_NOT_POST: Final = Answer(405, {"message": "actions are called with POST"})
_UNREADABLE: Final = Answer(400, {"message": "the body is not a JSON object"})
_TOO_LARGE: Final = Answer(413, {"message": "the body is too large"})
_TOO_SLOW: Final = Answer(408, {"message": "the body took too long"})
_TROUBLE: Final = Answer(503, {"message": "the panel's records cannot be used now"})

_STATUS_OF: Final[tuple[tuple[type[ZnpError], int], ...]] = (
    (ConfigurationError, 400),
    (NodeNotFoundError, 404),
    (ConfigurationNotFoundError, 404),
    (NodeNotReadyError, 409),
    (KernelError, 502),
)

_logger: Final = logging.getLogger("znp_panel_sync.panel")


class PanelRoutes:
    """An ASGI application with the panel's manual actions, to mount at `/api/v1/{admin}`.

    `POST nodes/{id}/kernels/sync`, `nodes/status/sync`, `protocol-bindings/status/sync`, `protocol-bindings/{id}/sync`
    and `protocol-bindings/sync`.

    `authorize` is the panel's own check of a request, given its ASGI scope: nothing is read, done or told, not even
    that a path does not exist, unless it returns True itself. A plain function runs in a thread; an error of it, or
    anything else that it returns, refuses the request.
    """

    def __init__(self, actions: AsyncPanelActions, *, authorize: Authorize) -> None:
        self._authorize = authorize
        self._actions = actions
        self._routes: tuple[tuple[re.Pattern[str], Action], ...] = (
            (_path("nodes/status/sync"), self._statuses),
            (_path("nodes/([0-9]{1,19})/kernels/sync"), self._configuration),
            (_path("protocol-bindings/status/sync"), self._health),
            (_path("protocol-bindings/sync"), self._bindings),
            (_path("protocol-bindings/([0-9]{1,19})/sync"), self._binding),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve ASGI."""
        if scope["type"] != "http":
            await _asgi.serve_other(scope, receive, send)
            return
        if not await self._admits(scope):
            await _asgi.send_answer(scope, send, _FORBIDDEN, close=True)
            return
        try:
            answer = await self._serve(scope, receive)
        except _asgi.ClientGoneError:
            return
        await _asgi.send_answer(scope, send, answer, close=answer in (_TOO_LARGE, _TOO_SLOW))

    async def _admits(self, scope: Scope) -> bool:
        try:
            outcome = await asyncio.to_thread(self._authorize, scope)
            if isawaitable(outcome):
                outcome = await outcome
        except Exception as error:  # a check that fails has not been passed
            _logger.warning("the panel's check of a request failed: %s", type(error).__name__)
            return False
        return outcome is True

    async def _serve(self, scope: Scope, receive: Receive) -> Answer:
        found = self._find(_asgi.path_below_mount(scope))
        if found is None:
            return _NOT_FOUND
        if scope["method"] != "POST":
            return _NOT_POST
        document = await _read(scope, receive)
        if isinstance(document, Answer):
            return document
        action, id_ = found
        return await _outcome(action(id_, document))

    def _find(self, path: str) -> tuple[Action, int] | None:
        """Return the action of a path, and the id in it (0: none)."""
        for pattern, action in self._routes:
            if match := pattern.fullmatch(path):
                return action, int(match[1]) if pattern.groups else 0
        return None

    async def _statuses(self, _: int, document: Document) -> Answer:
        return _results(await self._actions.sync_node_statuses(_ids(document, "node_ids")))

    async def _health(self, _: int, document: Document) -> Answer:
        return _results(await self._actions.sync_binding_health(_ids(document, "node_ids")))

    async def _bindings(self, _: int, document: Document) -> Answer:
        binding_ids, node_ids = _ids(document, "binding_ids"), _ids(document, "node_ids")
        return _results(await self._actions.push_bindings(binding_ids=binding_ids, node_ids=node_ids))

    async def _binding(self, id_: int, _: Document) -> Answer:
        return Answer(200, to_document(await self._actions.push_binding(id_)))

    async def _configuration(self, id_: int, document: Document) -> Answer:
        found = await self._actions.sync_node_configuration(id_, protocol=document.get("protocol"))
        return Answer(200, to_document(found))


def _path(pattern: str) -> re.Pattern[str]:
    """Match a path below whatever it is mounted at, also where the server does not tell the mount point."""
    return re.compile(f"(?:.*/)?{pattern}")


async def _read(scope: Scope, receive: Receive) -> Document | Answer:
    """Return the document of a request, empty where it has no body, or the answer to one that cannot be read."""
    try:
        body = await _asgi.read_body(scope, receive, limit=MAX_BODY_BYTES, seconds=_asgi.BODY_SECONDS)
        document = parse_strictly(body) if body.strip() else {}
    except _asgi.BodyTooLargeError:
        return _TOO_LARGE
    except TimeoutError:
        return _TOO_SLOW
    except MalformedJsonError:
        return _UNREADABLE
    return document if isinstance(document, dict) else _UNREADABLE


def _ids(document: Document, name: str) -> list[int]:
    """Return a list of unsigned integers; absent and null are an empty one."""
    values = document.get(name)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
        raise ConfigurationError(name, "must be a list of unsigned integers")
    return values


def _results(results: Sequence[Result]) -> Answer:
    return Answer(200, {"results": [to_document(one) for one in results]})


async def _outcome(action: Awaitable[Answer]) -> Answer:
    """Return the answer of an action, or the one that its error stands for."""
    try:
        return await action
    except ZnpError as error:
        status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 503)
        return Answer(status, {"message": str(error)})
    except Exception as error:  # a store of the panel's: what it says is not for everybody
        _logger.warning("an action failed: %s", type(error).__name__)
        return _TROUBLE
