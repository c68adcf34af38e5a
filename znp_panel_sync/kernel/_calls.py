"""One call of an operation, whether it blocks or not: its request, and how its answer is read and judged."""

import logging
import random
import re
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from attrs import field, frozen

from znp_kernel_client.errors import ClientError, error_details
from znp_kernel_client.types import RawResponse, Request, Response
from znp_panel_sync._numbers import positive_number, whole_number
from znp_panel_sync._version import __version__
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    KernelError,
    KernelResponseError,
    UndecodableAnswerError,
    response_error_type,
)
from znp_panel_sync.kernel._body import BodyReader, BodyTooLargeError, UndecodableBodyError, declares_more_than
from znp_panel_sync.kernel._retry import RetryPolicy, is_repeatable, retry_after

DEFAULT_RETRIES: Final = 2
DEFAULT_MAX_BODY_BYTES: Final = 4 * 1024 * 1024
REFUSAL_BYTES: Final = 64 * 1024
"""How much is read of an answer that refuses the request: enough for its message."""

logger: Final = logging.getLogger("znp_panel_sync.kernel")

T = TypeVar("T")
Headers = list[tuple[str, str]]


def _now() -> datetime:
    return datetime.now(UTC)


async def _async_sleep(seconds: float) -> None:
    import asyncio  # here alone, or scripts that block would wait for it to be imported

    await asyncio.sleep(seconds)


@frozen
class Timing:
    """Clocks, pauses and chance, which tests replace.

    `monotonic` and `sleep` serve blocking calls; calls on an event loop take its clock and `async_sleep`.
    """

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    async_sleep: Callable[[float], Awaitable[None]] = _async_sleep
    now: Callable[[], datetime] = _now
    random: Callable[[], float] = random.random


@frozen
class Options:
    """Limits of each call: total seconds, repetitions, and bytes of the decoded body."""

    timeout: float
    retries: int = DEFAULT_RETRIES
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES

    def __attrs_post_init__(self) -> None:
        positive_number(self.timeout, "timeout")
        whole_number(self.retries, "retries", minimum=0)
        whole_number(self.max_body_bytes, "max_body_bytes", minimum=1)

    def changed(self, timeout: float | None, retries: int | None, max_body_bytes: int | None) -> "Options":
        """Return the same with what is not None replaced."""
        return Options(
            self.timeout if timeout is None else timeout,
            self.retries if retries is None else retries,
            self.max_body_bytes if max_body_bytes is None else max_body_bytes,
        )


@frozen
class Target:
    """A kernel as all its calls see it: where it is, what each request carries, and what must never be shown."""

    control: NodeControl
    host: str = field(init=False)
    """Name and port, as in the Host header."""
    prefix: str = field(init=False)
    """What stands before the paths of all requests."""
    headers: Headers = field(init=False, repr=False)
    secrets: tuple[str, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.control.base_url)
        object.__setattr__(self, "host", parts.netloc)
        object.__setattr__(self, "prefix", parts.path)
        object.__setattr__(self, "headers", _fixed_headers(self.control))
        object.__setattr__(self, "secrets", _secrets(self.control))

    def redacted(self, text: str) -> str:
        """Return a text of the kernel's without the credentials that it may echo, be it within JSON."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
            if "\\" in text:
                text = re.sub(_in_json(secret), "***", text)
        return text


def _fixed_headers(control: NodeControl) -> Headers:
    headers = [("User-Agent", f"znp-panel-sync/{__version__}"), ("Accept-Encoding", "gzip")]
    return headers if control.authorization is None else [*headers, ("Authorization", control.authorization)]


def _secrets(control: NodeControl) -> tuple[str, ...]:
    """Return all forms of the credentials, longest first, since one may be part of another."""
    authorization = control.authorization or ""
    credentials = authorization.partition(" ")[2].strip()
    forms = {authorization, credentials}
    if control.auth_kind == "basic":
        pair = _decoded(credentials)
        forms |= {pair, *pair.split(":", 1)}
    return tuple(sorted(forms - {""}, key=len, reverse=True))


def _in_json(secret: str) -> str:
    """Return a pattern for a text within a string of JSON, whichever characters are escaped there."""
    return "".join(map(_character_in_json, secret))


def _character_in_json(character: str) -> str:
    units = character.encode("utf-16-be").hex(" ", 2).split()
    number = "".join(rf"\\u{unit}" for unit in units)
    itself = r"\\\\" if character == "\\" else rf"\\?{re.escape(character)}"
    return f"(?:{itself}|(?i:{number}))"


def _decoded(credentials: str) -> str:
    try:
        return b64decode(credentials).decode()
    except ValueError:
        return ""


@frozen
class Call:
    """One call of an operation of one kernel."""

    target: Target
    options: Options
    timing: Timing
    request: Request
    extra_headers: Headers = field(factory=list)

    @property
    def kernel(self) -> str:
        """The kernel's base URL, as errors name it."""
        return self.target.control.base_url

    @property
    def url(self) -> str:
        """The full URL."""
        return self.target.control.url(self.path)

    @property
    def path(self) -> str:
        """The request's path with its query, without the prefix that the kernel's own URL may have."""
        if not self.request.query:
            return self.request.path
        return f"{self.request.path}?{urlencode(self.request.query, quote_via=quote, safe=',')}"

    @property
    def is_repeatable(self) -> bool:
        """Whether sending the request twice does no more than sending it once."""
        return is_repeatable(self.request.method, self.request.operation)

    @property
    def headers(self) -> Headers:
        """All headers but those about the connection and the body's length; the extra ones replace their namesakes."""
        headers = [("Accept", self.request.accept), *self.target.headers]
        if self.request.content is not None:
            headers.append(("Content-Type", "application/json"))
        replaced = {name for name, _ in self.extra_headers}
        return [header for header in headers if header[0] not in replaced] + self.extra_headers

    def pause_after(self, error: KernelError, *, attempt: int, remaining: float) -> float | None:
        """Return the seconds until the request is sent again; None when it is not."""
        if not self.is_repeatable:
            return None
        policy = RetryPolicy(self.options.retries, self.timing.random)
        return policy.delay(error, attempt=attempt, remaining=remaining)

    def reader(self, status: int, headers: Mapping[str, str]) -> "AnswerReader":
        """Return what reads the body of an answer."""
        return AnswerReader(self, status, headers)

    def answered(self, raw: RawResponse, parse: Callable[[RawResponse], T]) -> Response[T]:
        """Judge a complete answer: decode it, or raise the error that it stands for."""
        if raw.status not in self.request.success:
            raise self.refused(raw)
        try:
            return Response(raw.status, raw.headers, raw.content, parse(raw))
        except ClientError as error:
            raise self.undecodable(str(error)) from None

    def refused(self, raw: RawResponse) -> KernelResponseError:
        """Return the error for an answer whose status is not success."""
        if raw.status == 401:
            self._log_unauthorized()
        code, message = error_details(raw.content)
        return response_error_type(raw.status)(
            raw.status,
            kernel=self.kernel,
            operation=self.request.operation,
            code=self.target.redacted(code),
            message=self.target.redacted(message),
            body=self.target.redacted(raw.content.decode("utf-8", "replace")),
            retry_after=retry_after(raw.headers, self.timing.now),
        )

    def undecodable(self, problem: str) -> UndecodableAnswerError:
        """Return the error for an answer with the right status and the wrong content."""
        message = f"the answer cannot be decoded: {self.target.redacted(problem)}"
        return UndecodableAnswerError(message, kernel=self.kernel, operation=self.request.operation)

    def too_large(self) -> AnswerTooLargeError:
        """Return the error for an answer that is longer than it may be."""
        limit = self.options.max_body_bytes
        return AnswerTooLargeError(limit=limit, kernel=self.kernel, operation=self.request.operation)

    def _log_unauthorized(self) -> None:
        control = self.target.control
        logger.warning(
            "kernel %s answered 401 to %s: auth %s, access key %s, secret sha256 %s",
            self.kernel,
            self.request.operation,
            control.auth_kind,
            control.masked_access_key,
            control.secret_fingerprint,
        )


class AnswerReader:
    """Reads the body of one answer within its limit.

    A successful answer must be complete and decodable. Of one that refuses, the beginning is enough.
    """

    def __init__(self, call: Call, status: int, headers: Mapping[str, str]) -> None:
        self._call = call
        self._is_success = status in call.request.success
        limit = call.options.max_body_bytes if self._is_success else REFUSAL_BYTES
        if self._is_success and declares_more_than(limit, headers.get("Content-Length", "")):
            raise call.too_large()
        self._body = BodyReader(limit, headers.get("Content-Encoding", ""))

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk of the body; False: no more is wanted."""
        try:
            self._body.feed(chunk)
        except BodyTooLargeError:
            return self._give_up(self._call.too_large())
        except UndecodableBodyError as error:
            return self._give_up(self._call.undecodable(str(error)))
        return True

    def content(self) -> bytes:
        """Return the body."""
        try:
            return self._body.finish()
        except UndecodableBodyError as error:
            self._give_up(self._call.undecodable(str(error)))
            return self._body.content()

    def _give_up(self, error: KernelError) -> bool:
        if self._is_success:
            raise error from None
        return False


Reading = Callable[[int, Mapping[str, str]], AnswerReader]
"""Makes the reader for an answer's status and headers."""
