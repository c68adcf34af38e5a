"""What every module of this package shares: the absent value, requests, answers, and who carries them.

Nothing here performs input or output.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, Generic, Literal, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

T = TypeVar("T")


class Unset(Enum):
    """Type of `UNSET`. An enumeration, so that copies and pickles are the one member again."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""Stands for a field that is absent from a document. Unlike None, which is sent as null, it is not sent at all."""

UnknownVariant: TypeAlias = dict[str, object] | list[object] | str | int | float
"""JSON that is none of the variants of a union which the contract lists, kept as it came."""


@frozen
class Request:
    """One call of an operation, not yet addressed to a host."""

    operation: str
    """The contract's operationId."""
    method: str
    """HTTP method in upper case."""
    path: str
    """Begins with a slash; identifiers in it are percent-encoded."""
    query: tuple[tuple[str, str], ...] = ()
    """Names and values, not yet encoded. A name repeats for each value of a list."""
    content: bytes | None = field(default=None, repr=False)
    """JSON body in UTF-8; None for a request without a body."""
    accept: str = "application/json"
    """Value for the Accept header."""
    success: tuple[int, ...] = (200,)
    """Statuses of an answer that `parse_response` of the operation decodes; it raises for all others."""


@frozen
class RawResponse:
    """An answer as it was read, not yet judged."""

    status: int
    headers: Mapping[str, str]
    """Names are looked up whatever their case."""
    content: bytes = field(repr=False)
    """Body, already decompressed."""

    def parsed_by(self, parse: "Callable[[RawResponse], T]") -> "Response[T]":
        """Return this answer together with what `parse` makes of it, or let the error of `parse` through."""
        return Response(status=self.status, headers=self.headers, content=self.content, parsed=parse(self))


@frozen
class Response(Generic[T]):
    """A successful answer: the decoded document beside status, headers and raw body."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    parsed: T


class Executor(Protocol):
    """Sends requests to one kernel and waits for the answers."""

    def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`."""
        ...


class AsyncExecutor(Protocol):
    """Sends requests to one kernel without blocking the event loop."""

    async def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`."""
        ...


__all__ = ["UNSET", "AsyncExecutor", "Executor", "RawResponse", "Request", "Response", "UnknownVariant", "Unset"]
