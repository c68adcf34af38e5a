import asyncio
import threading

import pytest

from tests.unit.cluster.support import Member
from znp_panel_sync.events import Periodic
from znp_panel_sync.events.periodic import AsyncPeriodic


@pytest.mark.looptime
async def test_it_keeps_its_interval_where_time_is_a_sum_of_floats() -> None:
    moments: list[float] = []
    enough = asyncio.Event()

    async def act() -> None:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) == 50:
            enough.set()

    periodic = AsyncPeriodic(act, 0.1, "counting")
    periodic.start()
    await asyncio.wait_for(enough.wait(), 60)
    await periodic.stop()
    assert moments == pytest.approx([0.1 * turn for turn in range(50)])


async def test_a_replica_does_what_it_owns_at_once_when_that_comes_to_be() -> None:
    member, owned, done = Member(), [], asyncio.Event()

    async def act() -> None:
        owned.append(member.owns("ours"))
        done.set()

    periodic = AsyncPeriodic(act, 1000.0, "sharing", cluster=member, key="ours")
    periodic.start()
    member.own("another")
    await asyncio.sleep(0)
    member.own("ours")
    await asyncio.wait_for(done.wait(), 30)
    await periodic.stop()
    assert owned == [True]
    assert member.parts == []


def test_a_thread_does_what_its_replica_owns_at_once_when_that_comes_to_be() -> None:
    member, owned, done = Member("another"), [], threading.Event()

    def act() -> None:
        owned.append(member.owns("ours"))
        done.set()

    periodic = Periodic(act, 1000.0, "sharing", cluster=member, key="ours")
    periodic.start()
    member.own("ours")
    assert done.wait(30)
    periodic.stop()
    assert owned == [True]
    assert member.parts == []


async def test_an_action_without_a_key_is_done_by_every_replica() -> None:
    member, done = Member(), asyncio.Event()

    async def act() -> None:
        done.set()

    periodic = AsyncPeriodic(act, 1000.0, "sharing", cluster=member)
    periodic.start()
    await asyncio.wait_for(done.wait(), 30)
    assert len(member.parts) == 1
    await periodic.stop()
    await periodic.stop()
    assert member.parts == []


async def test_a_cancellation_of_what_an_action_waits_for_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    turns, again = [], asyncio.Event()

    async def act() -> None:
        turns.append(1)
        if len(turns) == 1:
            raise asyncio.CancelledError
        again.set()

    periodic = AsyncPeriodic(act, 0.0, "calling")
    periodic.start()
    await asyncio.wait_for(again.wait(), 30)
    await periodic.stop()
    assert "calling failed and is tried again: CancelledError" in caplog.text


def test_a_stop_before_the_start_does_nothing() -> None:
    Periodic(list, 1.0, "idle").stop()
