"""Signing off when the process is asked to end."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Stoppable(Protocol):
    """An agent, blocking or not."""

    def request_stop(self) -> None:
        """Begin to stop, and return at once."""


@contextmanager
def stop_on_signals(
    *agents: Stoppable, signals: Iterable[signal.Signals] = (signal.SIGTERM, signal.SIGINT)
) -> Iterator[None]:
    """Let signals stop the agents for the length of a `with` block; afterwards the former handlers are back.

    ::

        with NodeAgent(kernel, registration) as agent, stop_on_signals(agent):
            agent.wait_stopped()

    Only the main thread can use this, as only it can set handlers. The handlers return at once; the program goes on
    when it sees that its agents have stopped.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for agent in agents:
            agent.request_stop()

    former = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)
