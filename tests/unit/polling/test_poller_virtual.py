"""Hours and days of polling in seconds: the poller over kernels that exist in virtual time alone."""

import asyncio
import logging
from collections import Counter
from itertools import pairwise

import pytest

from tests.unit.polling.support import (
    NOON,
    VirtualKernels,
    host,
    node,
    out_of_descriptors,
    refusing,
    unauthorized,
    well,
    world,
)
from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health
from znp_panel_sync.polling import GuardLimits, Node, NodeStatus, ProtocolHealth, Reason
from znp_panel_sync.polling._answer import KernelNode
from znp_panel_sync.polling._result import PollResult
from znp_panel_sync.settings import BackoffSettings
from znp_panel_sync.stores import MemoryNodeStore

pytestmark = pytest.mark.looptime

HOUR = 3600.0
DAY = 24 * HOUR


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


# Schedule


async def test_a_kernel_is_polled_once_in_every_interval_at_its_own_phase() -> None:
    async with world(node(1), node(2)) as it:
        await asyncio.sleep(HOUR)
    for number in (1, 2):
        assert len(it.polled(number)) == 120
        assert gaps(it.polled(number)) == pytest.approx([30.0] * 119, abs=0.01)
    assert it.polled(1)[0] != it.polled(2)[0]
    assert it.heard == []


async def test_a_restart_keeps_the_phase() -> None:
    kernels = VirtualKernels()
    async with world(node(1), kernels=kernels):
        await asyncio.sleep(100)
    await asyncio.sleep(17)
    async with world(node(1), kernels=kernels) as it:
        await asyncio.sleep(100)
    moments = it.polled(1)
    assert len(moments) == 7
    assert [(moment - moments[0] + 15) % 30 - 15 for moment in moments] == pytest.approx([0] * 7, abs=0.11)


async def test_first_polls_of_a_thousand_kernels_are_spread_over_the_interval() -> None:
    async with world(*map(node, range(1000))) as it:
        await asyncio.sleep(30.2)
    seconds = Counter(int(it.polled(number)[0]) for number in range(1000))
    assert max(seconds.values()) < 60
    assert it.kernels.overlaps == 0


async def test_first_polls_may_come_soon_whatever_the_interval() -> None:
    async with world(*map(node, range(100)), interval=3600.0, first_polls_within=2.0) as it:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(2.1)
        firsts = sorted(it.polled(number)[0] - began for number in range(100))
    assert firsts[0] < 0.5
    assert firsts[-1] > 1.5
    assert max(Counter(int(first * 10) for first in firsts).values()) < 20


async def test_a_node_may_have_an_interval_of_its_own() -> None:
    async with world(node(1, interval=5.0), node(2, interval=0), node(3)) as it:
        await asyncio.sleep(300)
        it.store.put(node(3, interval=10.0))
        await it.poller.refresh()
        await asyncio.sleep(300)
    assert [len(it.polled(number)) for number in (1, 2)] == [120, 20]
    assert len(it.polled(3)) == pytest.approx(10 + 30, abs=1)


async def test_a_clock_that_is_set_changes_neither_rate_nor_status() -> None:
    loop = asyncio.get_running_loop()
    offsets = [0.0]
    async with world(node(1), wall_clock=lambda: 1.7e9 + loop.time() + sum(offsets)) as it:
        for offset in (3600.0, -86_400.0, -0.05, 12.0):
            offsets.append(offset)
            await asyncio.sleep(120)
    assert all(10 < gap < 50 for gap in gaps(it.polled(1)))
    assert it.heard == []


async def test_nothing_is_polled_with_an_interval_of_zero(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with world(node(1, "offline"), interval=0) as it:
        await it.poller.refresh()
        await asyncio.sleep(HOUR)
        assert it.poller.states() == {}
    assert it.polled(1) == []
    assert "nothing is polled" in caplog.text


# Who is polled


async def test_nodes_of_one_kernel_are_one_request_and_its_answer_counts_for_all() -> None:
    control = NodeControl("http://kernel-1", token="t")
    same = NodeControl("http://kernel-1/v1/", token="Bearer t")
    other = NodeControl("http://kernel-1", token="u")
    nodes = [Node(1, control, "offline"), Node(2, same, "offline"), Node(3, control), Node(4, other, "offline")]
    async with world(*nodes) as it:
        await asyncio.sleep(30.2)
    assert sorted(it.transitions()) == [(1, "online"), (2, "online"), (3, "online"), (4, "online")]
    assert len(it.polled(1)) == 2
    assert {change.previous for change in it.heard} == {NodeStatus.OFFLINE, NodeStatus.UNKNOWN}


async def test_disabled_unsynced_and_unreachable_nodes_are_neither_polled_nor_written() -> None:
    nodes = [node(1, "disabled"), node(2, "offline", status_sync_enabled=False), Node(3, None, "offline")]
    async with world(*nodes) as it:
        await asyncio.sleep(HOUR)
        assert it.poller.states() == {}
    assert not it.kernels.polls
    assert [it.store[number] for number in (1, 2, 3)] == nodes


async def test_nodes_come_go_and_change_with_a_refresh() -> None:
    async with world(node(1), node(2)) as it:
        await asyncio.sleep(60)
        it.store.put(node(3, "offline"))
        it.store.remove(1)
        it.store.put(node(2, "disabled"))
        await it.poller.refresh()
        assert set(it.poller.states()) == {3}
        await asyncio.sleep(1)
        assert it.transitions() == [(3, "online")]
        it.store.put(node(2, "offline"))  # enabled again
        await it.poller.refresh()
        await asyncio.sleep(1)
        assert it.transitions()[-1] == (2, "online")
        moments = [len(it.polled(number)) for number in (1, 2)]
        await asyncio.sleep(60)
        assert [len(it.polled(1)), len(it.polled(2))] == [moments[0], moments[1] + 2]


async def test_changes_in_the_store_are_seen_within_the_refresh_interval() -> None:
    async with world(node(1)) as it:
        await asyncio.sleep(5)
        it.store.put(node(2, "offline"))
        await asyncio.sleep(10.2)
        assert it.transitions() == [(2, "online")]


async def test_a_new_node_of_a_known_kernel_learns_its_status_at_once() -> None:
    async with world(node(1)) as it:
        await asyncio.sleep(31)
        it.store.put(Node(2, NodeControl("http://kernel-1")))
        await it.poller.refresh()
        await asyncio.sleep(0.2)
        assert it.transitions() == [(2, "online")]


async def test_a_changed_credential_starts_fresh() -> None:
    kernels = VirtualKernels()
    kernels.let(unauthorized, host(1))
    async with world(node(1), kernels=kernels, guard=None) as it:
        await asyncio.sleep(600)
        assert it.poller.states()[1].failures > 10
        kernels.let(well, host(1))
        it.store.put(Node(1, NodeControl("http://kernel-1", token="new"), "offline"))
        await it.poller.refresh()
        assert it.poller.states()[1].failures == 0
        await asyncio.sleep(0.2)
        assert it.transitions() == [(1, "offline"), (1, "online")]


async def test_a_node_listed_twice_is_one_node() -> None:
    class Doubled(MemoryNodeStore):
        async def list_nodes(self) -> list[Node]:
            return [node(1), node(1), Node(1, NodeControl("http://kernel-2"))]

    async with world(store=Doubled()) as it:
        await asyncio.sleep(31)
        assert set(it.poller.states()) == {1}
    assert (len(it.polled(1)), len(it.polled(2))) == (1, 0)


async def test_a_status_that_somebody_else_wrote_is_taken_over() -> None:
    async with world(node(1), node(2)) as it:
        await asyncio.sleep(31)
        it.store.put(node(1, "offline"))
        await it.poller.refresh()
        assert it.poller.states()[1].status is NodeStatus.OFFLINE
        await asyncio.sleep(31)
        assert it.transitions() == [(1, "online")]
        assert it.store[1].status is NodeStatus.ONLINE


# Results


async def test_a_failed_poll_makes_a_node_offline_and_says_why() -> None:
    kernels = VirtualKernels()
    kernels.let(unauthorized, host(1))
    async with world(node(1), node(2), kernels=kernels) as it:
        await asyncio.sleep(35)
        state = it.poller.states()[1]
    assert it.transitions() == [(1, "offline")]
    assert it.heard[0].reason is state.reason is Reason.UNAUTHORIZED
    assert "http://kernel-1" in str(it.heard[0].error)
    assert it.store[1].status is NodeStatus.OFFLINE


async def test_a_hanging_kernel_is_given_up_after_its_timeout() -> None:
    kernels = VirtualKernels()
    kernels.hung.add(host(1))
    async with world(Node(1, NodeControl("http://kernel-1", timeout=2), "online"), kernels=kernels) as it:
        await asyncio.sleep(33)
    (change,) = it.heard
    assert (change.status, change.reason) == (NodeStatus.OFFLINE, Reason.TIMED_OUT)
    assert change.latency == pytest.approx(2.1, abs=0.11)


async def test_a_degraded_protocol_does_not_make_its_node_offline() -> None:
    kernels = VirtualKernels()
    answer = [
        KernelNode("a", "vless", "Healthy"),
        KernelNode("b", "vless", {"Degraded": {}}),
        KernelNode("c", "vless", 7),
    ]
    kernels.let(lambda _: PollResult(Reason.REACHED, None, answer), host(1))
    async with world(node(1, "offline"), kernels=kernels) as it:
        await asyncio.sleep(31)
        state = it.poller.states()[1]
    assert it.transitions() == [(1, "online")]
    expected = (
        ProtocolHealth("a", "vless", Health.HEALTHY),
        ProtocolHealth("b", "vless", Health.DEGRADED),
        ProtocolHealth("c", "vless", Health.UNKNOWN),
    )
    assert it.heard[0].protocols == expected
    assert state.protocols == expected
    assert it.heard[0].error is None


async def test_a_transition_is_announced_once_with_what_was_before() -> None:
    kernels = VirtualKernels()
    async with world(node(1, ""), kernels=kernels) as it:
        await asyncio.sleep(100)
        kernels.let(refusing, host(1))
        await asyncio.sleep(400)
        kernels.let(well, host(1))
        await asyncio.sleep(400)
    assert [(change.previous.value, change.status.value, change.recovered) for change in it.heard] == [
        ("unknown", "online", True),
        ("online", "offline", False),
        ("offline", "online", True),
    ]
    assert it.heard[1].at == pytest.approx(it.heard[2].at - 400, abs=50)


async def test_trouble_of_ours_says_nothing_about_the_kernel(caplog: pytest.LogCaptureFixture) -> None:
    kernels = VirtualKernels()
    kernels.let(out_of_descriptors, host(1))
    async with world(node(1), kernels=kernels) as it:
        await asyncio.sleep(90)
        assert it.poller.states()[1].reason is Reason.INTERNAL
        assert it.poller.states()[1].failures == 0
    assert it.heard == []
    assert caplog.text.count("Polls cannot be sent") in (1, 2)
    assert len(it.polled(1)) > 10  # tried again soon


# Thresholds, backoff, probe


async def test_thresholds_ask_for_several_polls_in_a_row() -> None:
    kernels = VirtualKernels()
    async with world(node(1), kernels=kernels, failure_threshold=3, success_threshold=2) as it:
        await asyncio.sleep(31)
        assert len(it.polled(1)) == 1  # it was online already: there is nothing to confirm
        kernels.let(refusing, host(1))
        await asyncio.sleep(60)
        kernels.let(well, host(1))
        await asyncio.sleep(30)
        assert it.heard == []  # two failures are not three
        kernels.let(refusing, host(1))
        await asyncio.sleep(91)
        assert it.transitions() == [(1, "offline")]
        kernels.let(well, host(1))
        moments = len(it.polled(1))
        await asyncio.sleep(100)
        assert it.transitions() == [(1, "offline"), (1, "online")]
        first, second = it.polled(1)[moments : moments + 2]
        assert 1 <= second - first <= 2.2  # a second opinion is not waited for long


async def test_thresholds_count_without_the_guard_too() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    async with world(node(1), kernels=kernels, failure_threshold=2, guard=None) as it:
        await asyncio.sleep(31)
        assert it.heard == []
        await asyncio.sleep(30)
        assert it.transitions() == [(1, "offline")]


@pytest.mark.unmeasured
async def test_an_offline_kernel_is_probed_7_times_in_a_minute_and_293_times_a_day() -> None:
    kernels = VirtualKernels()
    kernels.latency[host(1)] = 0.0
    kernels.let(refusing, host(1))
    async with world(node(1), kernels=kernels, interval=10 * DAY, refresh_interval=HOUR) as it:
        it.store.put(node(2))
        await asyncio.sleep(0.1)
        it.store.put(Node(1, NodeControl("http://kernel-1", token="t"), "online"))
        await it.poller.refresh()  # what appears later is polled at once
        await asyncio.sleep(0.2)
        (begun,) = it.polled(1)
        await asyncio.sleep(DAY)
    in_first_minute = [moment - begun for moment in it.polled(1)[1:] if moment - begun < 61]
    assert len(in_first_minute) == 7
    assert [round(gap) for gap in gaps([0.0, *in_first_minute])][1:] == [3, 5, 7, 9, 11, 13]
    # From noon to noon: half a day twice.
    assert len(it.polled(1)) - 1 == pytest.approx(2 * (DAY / 2) ** 0.5, abs=4)


@pytest.mark.unmeasured
async def test_offline_kernels_do_not_probe_in_the_same_second() -> None:
    kernels = VirtualKernels()
    numbers = range(60)
    kernels.let(refusing, *map(host, numbers))
    begun = NOON + 12 * HOUR - 600  # ten minutes before midnight
    loop = asyncio.get_running_loop()
    async with world(*map(node, numbers), kernels=kernels, guard=None, wall_clock=lambda: begun + loop.time()):
        await asyncio.sleep(660)
    at_midnight = Counter(int(moment) for moments in kernels.polls.values() for moment in moments if moment >= 600)
    assert sum(at_midnight.values()) >= 360  # 0, 1, 4, 9, 16, 25, 36 and 49 s after midnight
    assert max(at_midnight.values()) <= 15


@pytest.mark.parametrize(
    ("setting", "site", "longest"),
    [
        (5.0, {}, 5),
        (0.0, {"kernel_offline_probe_max_interval_seconds": "7"}, 7),
        (60.0, {"kernel_offline_probe_max_interval_seconds": 7}, 7),
    ],
)
async def test_probes_are_capped_by_the_setting_or_by_the_site(
    setting: float, site: dict[str, object], longest: float
) -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    store = MemoryNodeStore([node(1)], site_settings=site)
    async with world(kernels=kernels, store=store, interval=HOUR, probe_maximum=setting) as it:
        await asyncio.sleep(HOUR + 600)
    assert max(gaps(it.polled(1))) == pytest.approx(longest, abs=0.2)


async def test_a_site_setting_that_means_nothing_is_reported_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryNodeStore([node(1)], site_settings={"kernel_offline_probe_max_interval_seconds": "soon"})
    async with world(store=store) as it:
        await asyncio.sleep(40)
    assert len(it.polled(1)) == 1
    assert caplog.text.count("kernel_offline_probe_max_interval_seconds") == 1


async def test_one_dead_kernel_backs_off_and_slows_no_other() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    backoff = BackoffSettings(enabled=True, max_interval=300, multiplier=2, jitter=0.2)
    async with world(node(1), node(2), kernels=kernels, backoff=backoff, guard=None) as it:
        await asyncio.sleep(HOUR)
    assert len(it.polled(1)) == pytest.approx(1 + 60, abs=2)  # probes after 1 + 3 + 5 + … s within an hour
    assert len(it.polled(2)) == 120


async def test_a_node_with_an_interval_of_its_own_backs_off_from_that() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    async with world(node(1, interval=5.0), kernels=kernels, backoff=BackoffSettings(enabled=True)) as it:
        await asyncio.sleep(HOUR)
    late = gaps([moment for moment in it.polled(1) if moment > HOUR / 2])
    assert max(late) == pytest.approx(8 * 5, abs=0.2)  # a probe alone would wait for more than 80 s here


async def test_polls_by_the_backoff_go_on_where_probes_have_become_rare() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(1))
    backoff = BackoffSettings(enabled=True, max_interval=300, multiplier=2, jitter=0.2)
    async with world(node(1), kernels=kernels, backoff=backoff, guard=None, refresh_interval=HOUR) as it:
        await asyncio.sleep(12 * HOUR)  # until midnight
    late = gaps([moment for moment in it.polled(1) if moment > 8 * HOUR])
    assert max(late) <= 300.2  # a probe alone would wait for more than 330 s here
    assert len(late) == pytest.approx(2 * 4 * HOUR / 375, rel=0.2)


@pytest.mark.unmeasured
async def test_a_thousand_kernels_that_die_at_once_are_asked_gently() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, *map(host, range(1000)))
    backoff = BackoffSettings(enabled=True, max_interval=300)
    async with world(*map(node, range(1000)), kernels=kernels, backoff=backoff, guard=None) as it:
        await asyncio.sleep(300)
    per_ten_seconds = Counter(int(moment / 10) for number in range(1000) for moment in it.polled(number))
    assert max(per_ten_seconds.values()) <= 500
    assert all(per_ten_seconds[later] <= 200 for later in range(15, 30))


async def test_hung_kernels_delay_nobody_and_requests_under_way_are_bounded() -> None:
    kernels = VirtualKernels()
    kernels.hung.update(map(host, range(300)))
    live = range(300, 330)
    async with world(*map(node, range(330)), kernels=kernels, guard=None, max_in_flight=16) as it:
        await asyncio.sleep(300)
        assert {state.reason for state in it.poller.states().values()} == {Reason.REACHED, Reason.TIMED_OUT}
    assert kernels.most_under_way <= 16
    assert kernels.overlaps == 0
    for number in live:
        assert len(it.polled(number)) == 10
        assert all(abs(gap - 30) < 1 for gap in gaps(it.polled(number)))
    offline = {node_id for node_id, status in it.transitions() if status == "offline"}
    assert offline == set(range(300))


async def test_a_slow_kernel_that_lost_its_place_to_others_is_not_taken_for_dead() -> None:
    kernels = VirtualKernels()
    for number in range(40):
        kernels.latency[host(number)] = 2.0
    async with world(*map(node, range(40)), kernels=kernels, interval=5, max_in_flight=4, guard=None) as it:
        await asyncio.sleep(120)
    assert it.heard == []
    assert kernels.most_under_way <= 4
    assert kernels.overlaps == 0


# The guard against mass failure


async def test_nobody_is_marked_offline_while_most_kernels_fail(caplog: pytest.LogCaptureFixture) -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(5)), kernels=kernels) as it:
        await asyncio.sleep(60)
        kernels.let(refusing, *map(host, range(5)))
        await asyncio.sleep(600)
        assert it.heard == []
        assert it.is_holding()
        assert all(state.held for state in it.poller.states().values())
        assert caplog.text.count("the panel's own network") == 1
        kernels.let(well, *map(host, range(1, 5)))
        await asyncio.sleep(60)
        assert not it.is_holding()
        assert it.transitions() == [(0, "offline")]  # the one that really is
        assert "Most kernels answer again" in caplog.text


async def test_some_failures_are_marked_at_once() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(5)), kernels=kernels) as it:
        await asyncio.sleep(60)
        kernels.let(refusing, host(0), host(1))
        await asyncio.sleep(30.5)
        assert sorted(it.transitions()) == [(0, "offline"), (1, "offline")]
        for number in (0, 1):
            failed_at = next(moment for moment in it.polled(number) if moment > 60)
            assert it.heard_at[number] - failed_at < 0.5


async def test_a_verdict_waits_for_hanging_kernels_no_longer_than_their_timeout() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(6)), kernels=kernels) as it:
        await asyncio.sleep(60)
        kernels.let(refusing, host(0))
        kernels.hung.update(map(host, range(1, 3)))
        await asyncio.sleep(45)
        assert sorted(it.transitions()) == [(0, "offline"), (1, "offline"), (2, "offline")]


async def test_a_kernel_that_leaves_while_it_is_judged_is_forgotten() -> None:
    kernels = VirtualKernels()
    patient = Node(1, NodeControl("http://kernel-1", timeout=300), "online")
    async with world(patient, *map(node, (0, 2, 3, 4)), kernels=kernels) as it:
        await asyncio.sleep(60)
        kernels.let(refusing, host(0))
        kernels.hung.add(host(1))
        await asyncio.sleep(31)
        assert it.transitions() == []  # kernel 1 is waited for
        for number in (0, 1):
            it.store.remove(number)
        await it.poller.refresh()
        await asyncio.sleep(31)
        assert it.transitions() == []
        assert set(it.poller.states()) == {2, 3, 4}


async def test_more_kernels_than_connections_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with world(*map(node, range(5)), kept_connections=4, refresh_interval=1):
        await asyncio.sleep(10)
    assert caplog.text.count("5 kernels are polled over 4 kept connections") == 1


async def test_kernels_that_were_offline_before_are_not_counted() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, *map(host, range(6)))
    nodes = [node(number, "offline" if number < 6 else "online") for number in range(10)]
    async with world(*nodes, kernels=kernels) as it:
        await asyncio.sleep(60)
        kernels.let(refusing, host(6), host(7))
        await asyncio.sleep(60)
        assert sorted(it.transitions()) == [(6, "offline"), (7, "offline")]


@pytest.mark.unmeasured
async def test_a_large_fleet_is_judged_by_a_sample() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(400)), kernels=kernels) as it:
        await asyncio.sleep(31)
        before = sum(map(len, kernels.polls.values()))
        kernels.let(refusing, host(7))
        await asyncio.sleep(30)
        assert it.transitions() == [(7, "offline")]
        assert sum(map(len, kernels.polls.values())) - before <= 400 + 30
        kernels.let(refusing, *map(host, range(400)))
        await asyncio.sleep(60)
        assert it.transitions() == [(7, "offline")]
        it.store.remove(8)
        await it.poller.refresh()
        kernels.let(well, *map(host, range(400)))
        await asyncio.sleep(60)
        assert it.transitions() == [(7, "offline"), (7, "online")]


@pytest.mark.unmeasured
async def test_half_a_fleet_that_is_dead_is_found_dead_with_few_requests_more() -> None:
    kernels = VirtualKernels()
    dead = range(0, 600, 2)
    kernels.let(refusing, *map(host, dead))
    kernels.hung.update(map(host, range(0, 600, 4)))
    backoff = BackoffSettings(enabled=True, max_interval=300)
    async with world(*map(node, range(600)), kernels=kernels, backoff=backoff) as it:
        await asyncio.sleep(150)
        assert not it.is_holding()
    assert sorted(it.transitions()) == [(number, "offline") for number in dead]
    to_the_living = sum(len(it.polled(number)) for number in range(1, 600, 2))
    assert to_the_living <= 300 * 5 * 1.5


@pytest.mark.unmeasured
async def test_a_verdict_that_all_is_well_lets_no_mass_failure_pass_that_begins_just_then() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(600)), kernels=kernels) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, host(7))
        await anext(it.poller.changes())
        kernels.let(refusing, *map(host, range(600)))
        await asyncio.sleep(60)
        assert it.is_holding()
        assert len(it.heard) <= 3


async def test_the_guard_can_be_switched_off() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, *map(host, range(5)))
    async with world(*map(node, range(5)), kernels=kernels, guard=None) as it:
        await asyncio.sleep(31)
        assert len(it.transitions()) == 5
        assert not it.is_holding()


async def test_the_guards_limits_can_be_chosen() -> None:
    kernels = VirtualKernels()
    kernels.let(refusing, host(0), host(1))
    async with world(*map(node, range(10)), kernels=kernels, guard=GuardLimits(share=0.2, minimum=2)) as it:
        await asyncio.sleep(60)
        assert it.is_holding()
    assert it.transitions() == []


async def test_thresholds_and_guard_together_count_failures_below_the_threshold() -> None:
    kernels = VirtualKernels()
    async with world(*map(node, range(5)), kernels=kernels, failure_threshold=2) as it:
        await asyncio.sleep(31)
        kernels.let(refusing, *map(host, range(5)))
        await asyncio.sleep(120)
        assert it.is_holding()
        assert it.heard == []
