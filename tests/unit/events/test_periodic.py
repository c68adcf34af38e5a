import asyncio

import pytest

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
