"""Receiving the callbacks of kernels: admitted, read within limits, recorded, and only then answered.

`CallbackReceiver.admit` and `.accept` decide without any framework; `handle` joins them for frameworks that have read
the body already, and calling the receiver serves ASGI.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Final

from attrs import frozen

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events import _asgi
from znp_panel_sync.events._asgi import BODY_SECONDS, MAX_BODY_BYTES, Receive, Scope, Send
from znp_panel_sync.events._fields import PayloadError
from znp_panel_sync.events._strict_json import MalformedJsonError, parse_strictly
from znp_panel_sync.events.access import Address, AddressPolicy, TokenCheck
from znp_panel_sync.events.envelopes import Answer, Envelope, seal
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import EventLedger
from znp_panel_sync.events.payloads import CallbackKind, guess_kind
from znp_panel_sync.settings import WebhookSettings

TOKEN_HEADER: Final = "X-ZNP-Webhook-Token"  # noqa: S105 - the name of the header, not a token

Headers = Mapping[str, str] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]

RECORD_SECONDS: Final = 10.0
"""How long recording may take before the kernel is told to send again; kernels give up on an answer sooner or later."""

RECORDING_THREADS: Final = 8
"""How many callbacks are recorded at once in ASGI; more wait for their turn, within `record_seconds`."""

MAX_SOURCE_CHARACTERS: Final = 128

_DENIED: Final = Answer(403, {"message": "webhook access denied"})
_TOKEN_MISSING: Final = Answer(401, {"message": "missing webhook token"})
_TOKEN_WRONG: Final = Answer(401, {"message": "invalid webhook token"})
_INVALID: Final = {"message": "invalid webhook payload"}
_UNREADABLE: Final = Answer(400, _INVALID)
_TOO_LARGE: Final = Answer(413, _INVALID)
_TOO_SLOW: Final = Answer(408, _INVALID)
_NOT_FOUND: Final = Answer(404, {"message": "no such callback"})
_NOT_POST: Final = Answer(405, {"message": "callbacks are sent with POST"})
_TROUBLE: Final = Answer(503, {"message": "the callback could not be recorded, send it again"})

_logger: Final = logging.getLogger("znp_panel_sync.events")


@frozen
class Admission:
    """A request that passed by address and token; `source` is the sender, for the key of its envelopes."""

    source: str


class CallbackReceiver:
    """An ASGI application for `POST …/events`, `…/traffic` and `…/service-events`, to mount below `/api/v1/kernel`.

    Mounted at `/api/v1`, it answers `/kernel/events` and so on, and 404 to the rest.

    `ledger` is where envelopes are recorded. `settings` say who may call back: whoever has the live token or the one
    before it, from the networks that are allowed (none: from everywhere). With neither tokens nor networks, it
    refuses to be made, unless `allow_anonymous` says that anybody may write the panel's bills. `X-Forwarded-For` is
    believed only from the settings' trusted proxies, and with `trust_unix_socket` from peers without an address. A
    server that puts forwarded addresses into the peer itself (as uvicorn does for proxies on its own machine) has to
    trust the same proxies.

    `handlers` are the panel's; kinds of callbacks that have one are queued for it in the ledger, where an
    `EventDispatcher` with the same handlers takes them. `source_of` names the sender of an event that has no id, given
    its address; by default the address itself. Identical bodies from one source are one event.

    `max_body_bytes` and `body_seconds` bound what is read, `record_seconds` how long recording may take before the
    answer is 503. `clock` returns epoch seconds.

    Raises `ConfigurationError` naming the setting that is wrong.
    """

    def __init__(
        self,
        ledger: EventLedger,
        settings: WebhookSettings,
        *,
        trust_unix_socket: bool = False,
        handlers: EventHandlers | None = None,
        source_of: Callable[[Address | None], str] = str,
        max_body_bytes: int = MAX_BODY_BYTES,
        body_seconds: float = BODY_SECONDS,
        record_seconds: float = RECORD_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._tokens = TokenCheck.of(settings.shared_token, settings.previous_shared_token)
        self._addresses = AddressPolicy(settings.allow_cidrs, settings.trusted_proxies, trust_unix_socket)
        if not (self._tokens or settings.allow_cidrs or settings.allow_anonymous):
            raise ConfigurationError("shared_token", "is missing, and so is an allow-list: strangers could write bills")
        self._handled = (handlers or EventHandlers()).kinds
        self._source_of = source_of
        self._max_body_bytes = max_body_bytes
        self._body_seconds = body_seconds
        self._record_seconds = record_seconds
        self._clock = clock
        # Not the event loop's threads: all of those could come to wait for a database, and nothing else would run.
        self._threads = ThreadPoolExecutor(RECORDING_THREADS, thread_name_prefix="znp-callbacks")

    def handle(
        self, headers: Headers, body: bytes, peer: str | None, *, kind: CallbackKind | str | None = None
    ) -> Answer:
        """Admit and record one callback whose body was read already; block until it is recorded.

        `peer` is the address of the connection (None: a Unix socket), never one taken from a header. `kind` is the
        last part of the path; None tells by the document.
        """
        return self.receive(headers, peer, BytesIO(body).read, kind=kind)

    def receive(
        self,
        headers: Headers,
        peer: str | None,
        read: Callable[[int], bytes],
        *,
        kind: CallbackKind | str | None = None,
        method: str | None = "POST",
    ) -> Answer:
        """Do what `handle` does with a body that is read only when address and token are right.

        `read` is that of a file: it takes a number of bytes and returns at most as many, none at the end.
        """
        admission = self.admit(headers, peer)
        if isinstance(admission, Answer):
            return admission
        target = _target(kind, method)
        if isinstance(target, Answer):
            return target
        try:
            body = _read_up_to(self._max_body_bytes + 1, read)
        except OSError:
            return _UNREADABLE
        return self.accept(admission, body, target)

    def admit(self, headers: Headers, peer: str | None) -> Admission | Answer:
        """Check address and token, before the body is read; return the answer where one of them is wrong."""
        lines = _collect(headers)
        forwarded = [line.decode("latin-1") for line in lines.get(b"x-forwarded-for", ())]
        address = self._addresses.client(peer, forwarded)
        if not self._addresses.admits(address):
            _logger.warning("a callback from %s was refused: not in the allow-list", address)
            return _DENIED
        refusal = self._refused_token(lines.get(TOKEN_HEADER.lower().encode(), []))
        if refusal:
            _logger.warning("a callback from %s was refused: %s", address, refusal.content["message"])
            return refusal
        if lines.get(b"content-encoding", [b"identity"]) != [b"identity"]:
            return _UNREADABLE
        return Admission(self._source_of(address)[:MAX_SOURCE_CHARACTERS])

    def accept(self, admission: Admission, body: bytes, kind: CallbackKind | None = None) -> Answer:
        """Read and record the body of an admitted callback; `kind` None tells by the document."""
        if len(body) > self._max_body_bytes:
            return _TOO_LARGE
        try:
            envelope = self._seal(admission.source, body, kind)
        except (MalformedJsonError, PayloadError) as error:
            _logger.warning("a callback from %s is not valid: %s", admission.source, error)
            return _UNREADABLE
        try:
            return self._ledger.record(envelope)
        except Exception as error:  # whatever fails on our side, the kernel must send again
            _logger.warning("a callback from %s was not recorded: %s", admission.source, type(error).__name__)
            return _TROUBLE

    def _seal(self, source: str, body: bytes, kind: CallbackKind | None) -> Envelope:
        document = _parse_object(body)
        kind = kind or guess_kind(document)
        now_ms = int(self._clock() * 1000)
        return seal(kind, document, source=source, received_at_ms=now_ms, handled=kind in self._handled)

    def _refused_token(self, given: list[bytes]) -> Answer | None:
        """Return the answer for a token that is missing or wrong; None where it is right, or where none is needed."""
        if not self._tokens:
            return None
        if given in ([], [b""]):
            return _TOKEN_MISSING
        return None if len(given) == 1 and self._tokens.matches(given[0].strip()) else _TOKEN_WRONG

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve ASGI."""
        if scope["type"] != "http":
            await _asgi.serve_other(scope, receive, send)
            return
        body_was_read, answer = await self._serve(scope, receive)
        if answer is not None:
            await _asgi.send_answer(scope, send, answer, close=not body_was_read)

    async def _serve(self, scope: Scope, receive: Receive) -> tuple[bool, Answer | None]:
        """Return whether the body was read, and the answer; None where nobody waits for one any more."""
        admission = self.admit(scope["headers"], (scope.get("client") or (None,))[0])
        if isinstance(admission, Answer):
            return False, admission
        target = _target(_callback_kind(scope), scope["method"])
        if isinstance(target, Answer):
            return False, target
        try:
            body = await _asgi.read_body(scope, receive, limit=self._max_body_bytes, seconds=self._body_seconds)
        except _asgi.ClientGoneError:
            return False, None
        except _asgi.BodyTooLargeError:
            return False, _TOO_LARGE
        except TimeoutError:
            return False, _TOO_SLOW
        return True, await self._accept_in_thread(admission, body, target)

    async def _accept_in_thread(self, admission: Admission, body: bytes, kind: CallbackKind | None) -> Answer:
        """Record in a thread; where that takes too long, the delivery to come is answered by what was recorded."""
        in_context = contextvars.copy_context().run
        recording = self._threads.submit(in_context, self.accept, admission, body, kind)
        try:
            async with asyncio.timeout(self._record_seconds):
                return await asyncio.wrap_future(recording)
        except TimeoutError:
            _logger.warning("a callback from %s was not recorded within its time", admission.source)
            return _TROUBLE


def _collect(headers: Headers) -> dict[bytes, list[bytes]]:
    """Return the values of all lines of each header, from whatever form a framework keeps headers in."""
    lines: dict[bytes, list[bytes]] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        lines.setdefault(_as_bytes(name).lower(), []).append(_as_bytes(value))
    return lines


def _as_bytes(text: str | bytes) -> bytes:
    """Undo the decoding of WSGI, which keeps bytes as Latin-1; never fail for what is none."""
    return text if isinstance(text, bytes) else text.encode("latin-1", "backslashreplace")


def _callback_kind(scope: Scope) -> str:
    """Return the last part of the path; empty where it is not `/…` or `/kernel/…` below whatever it is mounted at."""
    *head, last = _asgi.path_below_mount(scope).split("/")
    return last if head[-1:] in ([], ["kernel"]) else ""


def _target(kind: str | None, method: str | None) -> CallbackKind | Answer | None:
    """Return the kind of callback that is named (None: none is), or the answer where there is no such one."""
    if kind is not None and kind not in tuple(CallbackKind):
        return _NOT_FOUND
    if method != "POST":
        return _NOT_POST
    return None if kind is None else CallbackKind(kind)


def _read_up_to(size: int, read: Callable[[int], bytes]) -> bytes:
    """Read until the end or `size` bytes, since streams may return less at a time."""
    chunks: list[bytes] = []
    while size and (chunk := read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _parse_object(body: bytes) -> dict[str, object]:
    document = parse_strictly(body)
    if not isinstance(document, dict):
        raise MalformedJsonError("the body is not an object")
    return document
