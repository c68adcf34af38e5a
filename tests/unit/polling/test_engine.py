"""The clockwork under an event loop that is blocked for a while."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.unit.polling.support import node
from znp_panel_sync.control import NodeControl
from znp_panel_sync.polling import Counters, OfflineProbe, PollerOptions, Reason, StatusChange
from znp_panel_sync.polling._channel import Done
from znp_panel_sync.polling._engine import Engine
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.polling.backoff import Backoff


class BlockedLoop:
    """A loop whose one timer runs when the test says so, however late."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timer: tuple[float, Callable[[], None]] | None = None

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> "BlockedLoop":
        self.timer = (when, callback)
        return self

    def cancel(self) -> None:
        self.timer = None

    def wake(self, late: float = 0.0) -> None:
        """Run the timer, so many seconds after its time."""
        assert self.timer is not None
        when, callback = self.timer
        self.timer, self.now = None, when + late
        callback()


class OneChannel:
    """The network: a single channel whose poll waits for the test to answer it."""

    def __init__(self) -> None:
        self.done: Done | None = None

    def channel(self, _: NodeControl, __: object) -> "OneChannel":
        return self

    def poll(self, done: Done) -> None:
        self.done = done

    def abort(self) -> None:
        self.done = None

    async def close(self) -> None: ...


def engine(loop: Any, channel: Any, changes: list[StatusChange]) -> Engine:
    return Engine(
        loop=loop,
        wall_clock=loop.time,
        random=Random(0),
        channels=channel,
        options=PollerOptions(guard=None),
        backoff=Backoff(30.0),
        probe=OfflineProbe(),
        metrics=Counters(),
        on_changes=changes.extend,
    )


def test_an_answer_that_waits_unread_while_the_process_is_blocked_still_counts() -> None:
    loop, channel, changes = BlockedLoop(), OneChannel(), list[StatusChange]()
    polling = engine(loop, channel, changes)
    polling.update([node(1)], listed_at=0.0, unwritten=())
    loop.wake()
    assert channel.done is not None
    loop.wake(late=20.0)  # something blocked the loop for longer than the poll's time
    assert changes == []
    assert channel.done is not None
    channel.done(PollResult(Reason.REACHED))
    assert [state.failures for state in polling.states().values()] == [0]


def test_a_poll_without_an_answer_ends_one_tick_after_the_block() -> None:
    loop, channel, changes = BlockedLoop(), OneChannel(), list[StatusChange]()
    polling = engine(loop, channel, changes)
    polling.update([node(1)], listed_at=0.0, unwritten=())
    loop.wake()
    loop.wake(late=20.0)
    loop.wake()
    assert [change.reason for change in changes] == [Reason.TIMED_OUT]
    assert channel.done is None
