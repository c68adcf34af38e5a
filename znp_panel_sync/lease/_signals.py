"""Signing off when the process is asked to end."""

import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Protocol


class Stoppable(Protocol):
    """An agent, blocking or not."""

    def request_stop(self) -> None:
        """Begin to stop, and return at once."""


@contextmanager
def stop_on_signals(
    *agents: Stoppable, signals: Iterable[signal.Signals] = (signal.SIGTERM, signal.SIGINT)
) -> Iterator[Sequence[signal.Signals]]:
    """Let signals stop the agents for the length of a `with` block; afterwards the former handlers are back.

    ::

        with NodeAgent(kernel, registration) as agent, stop_on_signals(agent):
            agent.wait_stopped()

    Only the main thread can use this, as only it can set handlers. The handlers return at once; the program goes on
    when it sees that its agents have stopped. An agent that is started within the block does not know of signals that
    came before: the block is given the signals that have come, to be looked at when all agents have been started.
    """
    received: list[signal.Signals] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        received.append(signal.Signals(number))
        for agent in agents:
            agent.request_stop()

    with ExitStack() as former:
        for number in signals:
            handler = signal.signal(number, stop)
            former.callback(signal.signal, number, handler or signal.SIG_DFL)
        yield received
