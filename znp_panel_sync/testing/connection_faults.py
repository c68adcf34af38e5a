"""What a `FaultProxy` can do to a connection.

A fault decides and does no I/O: it is handed each piece of data that arrives and answers with steps, which the proxy
carries out in order. `passed` counts the bytes that went the same way on the connection since the fault took effect.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum, Flag, auto
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import ge, gt


class Direction(Flag):
    """Which way data flows: `REQUESTS` from the client to the server, `ANSWERS` back, or `BOTH`."""

    REQUESTS = auto()
    ANSWERS = auto()
    BOTH = REQUESTS | ANSWERS


class Ending(Enum):
    """How a connection ends, in place of more data."""

    RESET = auto()
    """The client's connection is reset (TCP RST)."""
    CLOSE = auto()
    """The client's connection is closed in good order (TCP FIN)."""
    SILENCE = auto()
    """The connection stays open, and nothing that follows in this direction gets through: it is half-open."""


Step = bytes | float | Ending
"""Bytes to pass on, seconds to wait, or an end."""


@frozen(kw_only=True)
class ConnectionFault(ABC):
    """Something that goes wrong on a connection, in one `direction` or in both."""

    direction: Direction = Direction.BOTH

    @abstractmethod
    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Say what becomes of `data`, `passed` bytes having gone before it."""


@frozen
class _EndsAfter(ConnectionFault):
    """Passes the first `after` bytes; then the connection meets its end."""

    after: int = field(default=0, validator=ge(0))
    _ENDING: ClassVar[Ending]

    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Cut the data where the end is reached."""
        left = self.after - passed
        if left > 0:
            yield data[:left]
        if len(data) >= left:
            yield self._ENDING


@frozen
class Reset(_EndsAfter):
    """Resets the connection after `after` bytes.

    In the direction `ANSWERS` the server has done what it was asked, and its answer is lost.
    """

    _ENDING: ClassVar[Ending] = Ending.RESET


@frozen
class Refuse(Reset):
    """Nobody listens: new connections are refused and open ones are reset, as when a server's process ends.

    In a script, where the connection is accepted already, it is reset at its first byte.
    """


@frozen
class Truncate(_EndsAfter):
    """Closes the connection in good order after `after` bytes of an answer."""

    direction: Direction = field(default=Direction.ANSWERS, kw_only=True)

    _ENDING: ClassVar[Ending] = Ending.CLOSE


@frozen
class Blackhole(_EndsAfter):
    """Swallows everything after `after` bytes and says nothing, as a cut cable or a firewall does."""

    _ENDING: ClassVar[Ending] = Ending.SILENCE


@frozen
class Delay(ConnectionFault):
    """Holds each piece of data back for `seconds`."""

    seconds: float = field(validator=ge(0))
    direction: Direction = field(default=Direction.ANSWERS, kw_only=True)

    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Wait, then pass the data on."""
        del passed
        yield self.seconds
        yield data


@frozen
class Slice(ConnectionFault):
    """Cuts data into pieces of `size` bytes, sent one by one: readers that expect whole messages stumble."""

    size: int = field(default=1, validator=gt(0))

    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Yield the pieces."""
        del passed
        for start in range(0, len(data), self.size):
            yield data[start : start + self.size]


@frozen
class Drip(ConnectionFault):
    """Sends `size` bytes every `interval` seconds: each single read is fast, the whole hardly ends."""

    interval: float = field(validator=ge(0))
    size: int = field(default=1, validator=gt(0))
    direction: Direction = field(default=Direction.ANSWERS, kw_only=True)

    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Yield pieces with pauses between them."""
        for piece in Slice(size=self.size).steps(data, passed):
            yield piece
            yield self.interval


@frozen
class Garble(ConnectionFault):
    """Flips every bit of what follows the first `after` bytes of an answer."""

    after: int = field(default=0, validator=ge(0))
    direction: Direction = field(default=Direction.ANSWERS, kw_only=True)

    def steps(self, data: bytes, passed: int) -> Iterator[Step]:
        """Yield the data with its tail flipped."""
        intact = max(0, self.after - passed)
        yield data[:intact] + bytes(byte ^ 0xFF for byte in data[intact:])
