"""Agents of both forms, on real sockets, with a kernel and a network that misbehave."""

import logging
import math
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.functional.lease.support import BOUND, NODE, Agent, Diary, NewAgent, beats, reaches, registration, until
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.lease import LeaseError, LeaseState, LeaseTimings, LeaseTransition
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import (
    Blackhole,
    ConnectionFault,
    Delay,
    Direction,
    Drip,
    Garble,
    Refuse,
    Reset,
    Truncate,
)

LEASE = 1.0
HOUR = 3600.0


def renewal_of(agent: Agent) -> float:
    """When, on the monotonic clock, the kernel last acknowledged the agent."""
    now, since = time.monotonic(), agent.counters.seconds_since_acknowledged
    assert since is not None
    return now - since


def test_registers_beats_and_signs_off(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    diary = Diary(agent)
    assert agent.state is LeaseState.STOPPED
    assert agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat", count=4)
    assert simulator.node_ids == [NODE]
    assert agent.stop()
    assert simulator.node_ids == []
    assert diary.states == ["registering", "registered", "stopping", "stopped"]
    assert [step.number for _, step in diary.steps] == [1, 2, 3, 4]
    assert [request.method for request in simulator.requests.find(path="*/registrations/edge-1")] == ["DELETE"]


def test_three_beats_fit_in_the_lease_whatever_interval_the_kernel_asks_for(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    new_agent(simulator.control()).start()
    arrived = [request.received_at for request in simulator.requests.wait_for("POST", "*/heartbeat", count=5)]
    assert max(later - earlier for earlier, later in pairwise(arrived)) < LEASE


def test_starts_while_the_kernel_is_down(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    simulator.die()
    agent = new_agent(simulator.control())
    assert not agent.start(wait=0.1)
    assert agent.state is LeaseState.REGISTERING
    assert "refuses connections" in (agent.counters.last_error or "")
    simulator.come_back()
    reaches(agent, LeaseState.REGISTERED)


def test_a_second_start_changes_nothing(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    agent.start()
    assert agent.start(wait=BOUND)
    assert agent.start(wait=BOUND)
    assert len(simulator.requests.find("POST", "*/registrations")) == 1


def test_a_kernel_that_restarts_with_empty_memory_knows_the_node_again(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control(), registration=registration(ttl_seconds=3))
    diary = Diary(agent)
    agent.start(wait=BOUND)
    simulator.restart(forget=True)
    until(lambda: simulator.node_ids == [NODE])
    reaches(agent, LeaseState.REGISTERED)
    assert "lost" in diary.states
    assert agent.counters.times_lost == 1
    assert agent.counters.registrations == 2


def test_an_evicted_node_registers_again_at_once(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    diary = Diary(agent)
    agent.start(wait=BOUND)
    simulator.evict(NODE)
    until(lambda: diary.states[-2:] == ["lost", "registered"])
    assert "suspended" not in diary.states


def test_a_kernel_that_hangs_loses_the_lease_in_time_and_gets_it_back(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control())
    diary = Diary(agent)
    agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat")
    with simulator.faults.hang():  # registrations too: one that is answered would count as the last renewal
        reaches(agent, LeaseState.LOST)
        renewed_at = renewal_of(agent)
        until(lambda: "lost" in diary.states)
    assert LEASE <= diary.when(LeaseState.LOST) - renewed_at <= LEASE + 1.0
    reaches(agent, LeaseState.REGISTERED)


def test_a_half_open_connection_is_suspended_then_lost_in_time_and_then_well(
    simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control(endpoint=proxy.url))
    diary = Diary(agent)
    agent.start(wait=BOUND)
    proxy.fault = Blackhole()
    until(lambda: "lost" in diary.states)
    renewed_at = renewal_of(agent)
    assert diary.states[-2:] == ["suspended", "lost"]
    assert LEASE <= diary.when(LeaseState.LOST) - renewed_at <= LEASE + 1.0
    proxy.fault = None
    reaches(agent, LeaseState.REGISTERED)


def test_one_lost_packet_costs_a_repetition_and_no_lease(
    simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control(endpoint=proxy.url), registration=registration(ttl_seconds=9))
    diary = Diary(agent)
    agent.start(wait=BOUND)
    agent.report(Health.DEGRADED)
    simulator.requests.wait_for("POST", "*/heartbeat")
    with simulator.faults.drop(path="*/heartbeat", times=2):  # the second for the connection that replaces a kept one
        agent.report(Health.UNHEALTHY)
        until(lambda: diary.states[-2:] == ["suspended", "registered"])
    assert diary.steps[-1][0] - diary.steps[-2][0] < 3.0
    assert agent.counters.times_lost == 0
    assert agent.counters.beats_failed == 1


def test_a_kept_connection_that_ends_under_a_heartbeat_costs_nothing(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control(), registration=registration(ttl_seconds=9))
    diary = Diary(agent)
    agent.start(wait=BOUND)
    with simulator.faults.drop(path="*/heartbeat", times=1):
        agent.report(Health.UNHEALTHY)
        until(lambda: len(simulator.requests.find("POST", "*/heartbeat")) == 2)
    assert "suspended" not in diary.states
    assert agent.counters.beats_failed == 0


@pytest.mark.parametrize("fault", [Garble(), Truncate(after=30), Drip(0.2), Reset(), Refuse()])
def test_answers_that_cannot_be_read_suspend_the_lease_until_they_can(
    simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent, fault: ConnectionFault
) -> None:
    agent = new_agent(simulator.control(endpoint=proxy.url), registration=registration(ttl_seconds=2))
    diary = Diary(agent)
    agent.start(wait=BOUND)
    proxy.fault = fault
    until(lambda: "suspended" in diary.states)
    proxy.fault = None
    reaches(agent, LeaseState.REGISTERED)


def test_a_slow_kernel_is_a_kernel(simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent) -> None:
    proxy.fault = Delay(0.1)
    agent = new_agent(simulator.control(endpoint=proxy.url))
    diary = Diary(agent)
    assert agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat", count=4)
    assert diary.states == ["registering", "registered"]


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_clock_that_is_an_hour_off_or_leaps_changes_nothing(new_agent: NewAgent, offset: float) -> None:
    with KernelSimulator(clock_offset_seconds=offset) as simulator:
        agent = new_agent(simulator.control())
        diary = Diary(agent)
        assert agent.start(wait=BOUND)
        simulator.requests.wait_for("POST", "*/heartbeat", count=2)
        simulator.set_clock_offset(-offset)
        simulator.requests.wait_for("POST", "*/heartbeat", count=5)
        left = agent.counters.seconds_left
        assert left is not None
        assert 0 < left <= LEASE
        assert diary.states == ["registering", "registered"]
        assert simulator.node_ids == [NODE]
        assert agent.stop()


def test_an_agent_whose_own_clock_is_off_is_no_worse(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control(), wall_clock=lambda: 0.0)
    assert agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat", count=4)
    assert agent.counters.times_lost == 0
    assert beats(simulator)[0]["observed_at_ms"] == 0


def test_429_is_asked_again_when_the_kernel_says_so(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control(), registration=registration(ttl_seconds=30))
    agent.start(wait=BOUND)
    with simulator.faults.answer(429, retry_after=1, path="*/heartbeat", times=1):
        before = len(beats(simulator))
        agent.report(Health.DEGRADED)
        *_, refused, repeated = simulator.requests.wait_for("POST", "*/heartbeat", count=before + 2)
    assert repeated.received_at - refused.received_at >= 1.0
    reaches(agent, LeaseState.REGISTERED)


def test_wrong_credentials_are_reported_once_and_found_repaired(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    control = simulator.control(token="right")
    simulator.set_credentials(token="other")
    agent = new_agent(control)
    diary = Diary(agent)
    assert not agent.start(wait=BOUND)
    assert agent.state is LeaseState.FAILED
    simulator.requests.wait_for("POST", "*/registrations", count=3)
    assert diary.states == ["registering", "failed"]
    assert "401" in diary.steps[-1][1].reason
    simulator.set_credentials(token="right")
    reaches(agent, LeaseState.REGISTERED)


def test_credentials_that_stop_working_end_in_failed_and_lost(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control(token="right"))
    simulator.set_credentials(token="right")
    diary = Diary(agent)
    agent.start(wait=BOUND)
    simulator.set_credentials(token="other")
    until(lambda: {"failed", "lost"} <= set(diary.states))
    simulator.set_credentials(token="right")
    reaches(agent, LeaseState.REGISTERED)


def test_another_agent_with_the_same_id_is_noticed_where_the_kernel_tells(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control())
    with simulator.faults.answer(409, path="*/registrations"):
        agent.start(wait=BOUND)
        assert agent.state is LeaseState.FAILED
    assert agent.counters.conflicts == 1
    assert "another agent" in (agent.counters.last_error or "")
    assert not agent.stop()
    assert simulator.requests.find("DELETE") == []


def test_a_registration_whose_answer_is_lost_is_sent_again(
    simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent
) -> None:
    proxy.play([Reset(direction=Direction.ANSWERS)])
    agent = new_agent(simulator.control(endpoint=proxy.url))
    assert agent.start(wait=BOUND)
    assert len(simulator.requests.find("POST", "*/registrations")) == 2
    assert simulator.node_ids == [NODE]
    assert agent.counters.registrations == 1


def test_a_lease_without_end_and_without_an_interval_beats_by_default(new_agent: NewAgent) -> None:
    timings = LeaseTimings(default_interval=0.2)
    with KernelSimulator(ttl_seconds=None, heartbeat_interval_seconds=None) as simulator:
        agent = new_agent(simulator.control(), registration=registration(ttl_seconds=None), timings=timings)
        agent.start(wait=BOUND)
        simulator.requests.wait_for("POST", "*/heartbeat", count=3)
        assert agent.counters.seconds_left is None
        assert agent.stop()


# Health


def test_health_that_gets_worse_is_told_at_once(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control(), registration=registration(ttl_seconds=60))
    agent.report(Health.HEALTHY)
    agent.start(wait=BOUND)
    agent.report(Health.DEGRADED, "slow disk")
    simulator.requests.wait_for("POST", "*/heartbeat")
    agent.report(Health.UNHEALTHY, "disk full")
    simulator.requests.wait_for("POST", "*/heartbeat", count=2)
    agent.stop()
    agent.report(Health.HEALTHY)
    assert [(beat["status"], beat["message"]) for beat in beats(simulator)] == [
        ({"Degraded": {"consecutive_failures": 1}}, "slow disk"),
        ({"Unhealthy": {"consecutive_failures": 2}}, "disk full"),
    ]


def test_a_health_check_is_asked_before_each_beat(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control(), health_check=lambda: (HealthReport(Health.UNHEALTHY, 7), "no uplink"))
    agent.start()
    simulator.requests.wait_for("POST", "*/heartbeat", count=2)
    assert beats(simulator)[0]["status"] == {"Unhealthy": {"consecutive_failures": 7}}
    assert beats(simulator)[0]["message"] == "no uplink"
    with pytest.raises(ValueError, match="health check"):
        agent.report(Health.HEALTHY)


def test_a_health_check_that_raises_or_hangs_keeps_no_beat_back(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    released = threading.Event()

    def check() -> Health:
        if not beats(simulator):
            raise LookupError("no such disk")
        released.wait(BOUND)
        return Health.HEALTHY

    agent = new_agent(simulator.control(), health_check=check)
    agent.start()
    simulator.requests.wait_for("POST", "*/heartbeat", count=3)
    raised, hung, *_ = beats(simulator)
    assert raised["status"] == {"Degraded": {"consecutive_failures": 1}}
    assert "no such disk" in raised["message"]
    assert hung["status"] == {"Degraded": {"consecutive_failures": 2}}
    assert "not answered" in hung["message"]
    assert agent.counters.times_lost == 0
    released.set()
    until(lambda: beats(simulator)[-1]["status"] == "Healthy")


# Listeners


def test_a_listener_that_blocks_delays_no_beat_and_no_other_listener(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control())
    released = threading.Event()
    blocked: list[LeaseTransition] = []

    def block(step: LeaseTransition) -> None:
        blocked.append(step)
        released.wait(BOUND)

    agent.add_listener(block)
    diary = Diary(agent)
    agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat", count=4)
    assert len(blocked) == 1
    assert diary.states == ["registering", "registered"]
    released.set()
    agent.stop()
    assert [step.state for step in blocked] == ["registering", "registered", "stopping", "stopped"]


def test_a_listener_that_is_removed_hears_no_more(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    heard: list[LeaseTransition] = []
    remove = agent.add_listener(heard.append)
    agent.start(wait=BOUND)
    until(lambda: len(heard) == 2)
    remove()
    agent.stop()
    assert len(heard) == 2


def test_a_listener_may_ask_the_agent_to_stop(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    agent.add_listener(lambda step: agent.request_stop() if step.state is LeaseState.REGISTERED else None)
    agent.start()
    assert agent.wait_stopped(BOUND)
    assert simulator.node_ids == []


# Log lines


class Held(logging.Handler):
    """A handler whose lock somebody holds, as the main thread does in which a signal comes while it logs."""

    def emit(self, record: logging.LogRecord) -> None:
        del record


@pytest.fixture
def held(caplog: pytest.LogCaptureFixture) -> Iterator[Held]:
    handler, logger = Held(), logging.getLogger("znp_panel_sync.lease")
    caplog.set_level(logging.INFO, logger.name)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def test_a_log_handler_that_is_held_keeps_back_no_beat_and_no_stop(
    simulator: KernelSimulator, new_agent: NewAgent, held: Held
) -> None:
    agent = new_agent(simulator.control())
    held.acquire()
    try:
        assert agent.start(wait=BOUND)
        simulator.requests.wait_for("POST", "*/heartbeat", count=3)
        assert agent.stop(timeout=0.5)
    finally:
        held.release()
    assert simulator.node_ids == []


def test_a_kernel_that_cannot_be_reached_at_the_start_is_told_of_once_in_the_log(
    simulator: KernelSimulator, new_agent: NewAgent, caplog: pytest.LogCaptureFixture
) -> None:
    attempts: list[float] = []

    def random() -> float:
        attempts.append(0.0)
        return 0.0

    simulator.die()
    agent = new_agent(simulator.control(), random=random)
    agent.start()
    until(lambda: len(attempts) >= 3)
    agent.stop(timeout=0.2)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"node {NODE}: registering: the kernel refuses connections")


# Stop


def test_stop_before_start_and_twice_does_nothing(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    agent.request_stop()
    assert not agent.stop()
    assert agent.wait_stopped()
    assert agent.start(wait=BOUND)
    assert agent.stop()
    agent.stop()
    agent.request_stop()
    assert simulator.requests.total == 2 + agent.counters.beats_sent


def test_an_agent_may_start_again(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    for _ in range(3):
        assert agent.start(wait=BOUND)
        assert agent.stop()
    assert agent.counters.registrations == 3


def test_a_listener_that_hears_of_the_end_may_start_the_agent_again(
    simulator: KernelSimulator, new_agent: NewAgent
) -> None:
    agent = new_agent(simulator.control())
    again: list[bool] = []

    def start_again(step: LeaseTransition) -> None:
        if step.state is LeaseState.STOPPED and not again:
            again.append(agent.start(wait=BOUND))

    agent.add_listener(start_again)
    agent.start(wait=BOUND)
    assert agent.stop()
    until(lambda: again)
    assert again == [True]
    assert simulator.node_ids == [NODE]


@pytest.mark.parametrize("seconds", [math.inf, math.nan, -1.0, "5"])
def test_a_time_to_wait_that_makes_no_sense_is_refused_by_name(
    simulator: KernelSimulator, new_agent: NewAgent, seconds: Any
) -> None:
    agent = new_agent(simulator.control())
    agent.start(wait=BOUND)
    with pytest.raises(ConfigurationError, match=r"^wait: must be a number of seconds"):
        agent.start(wait=seconds)
    for wait in (agent.stop, agent.wait_stopped):
        with pytest.raises(ConfigurationError, match=r"^timeout: must be a number of seconds"):
            wait(seconds)
    assert agent.state is LeaseState.REGISTERED


def test_starting_while_the_agent_stops_is_refused(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    agent.start(wait=BOUND)
    with simulator.faults.hang(method="DELETE"):
        agent.request_stop()
        reaches(agent, LeaseState.STOPPING)
        with pytest.raises(LeaseError, match="is stopping"):
            agent.start()
        assert not agent.wait_stopped(0.01)
        assert not agent.stop(timeout=0.1)


@pytest.mark.parametrize("trouble", ["up", "down", "hanging", "slow", "half-open", "in flight"])
def test_after_stop_not_one_more_request_leaves(
    simulator: KernelSimulator, proxy: FaultProxy, new_agent: NewAgent, trouble: str
) -> None:
    agent = new_agent(simulator.control(endpoint=proxy.url))
    agent.start(wait=BOUND)
    if trouble == "down":
        simulator.die()
    elif trouble == "hanging":
        simulator.faults.hang()
    elif trouble == "slow":
        simulator.faults.slow(0.3)
    elif trouble == "half-open":
        proxy.fault = Blackhole()
    elif trouble == "in flight":
        simulator.faults.hang(path="*/heartbeat")
        simulator.requests.wait_for("POST", "*/heartbeat")
    began = time.monotonic()
    agent.stop(timeout=0.4)
    assert time.monotonic() - began < 2.0
    assert agent.state is LeaseState.STOPPED
    asked, accepted, sent = simulator.requests.total, proxy.accepted, agent.counters.beats_sent
    time.sleep(LEASE / 2)  # longer than an interval: what must not come has no condition to wait for
    assert (simulator.requests.total, proxy.accepted, agent.counters.beats_sent) == (asked, accepted, sent)


def test_stop_from_many_threads_at_once(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    agent.start(wait=BOUND)
    threads = [threading.Thread(target=agent.stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND)
    assert agent.state is LeaseState.STOPPED
    assert len(simulator.requests.find("DELETE")) == 1


def test_stop_does_not_wait_for_a_listener_for_ever(simulator: KernelSimulator, new_agent: NewAgent) -> None:
    agent = new_agent(simulator.control())
    released = threading.Event()
    agent.add_listener(lambda _: released.wait(BOUND))
    agent.start(wait=BOUND)
    began = time.monotonic()
    assert agent.stop(timeout=0.3)
    assert time.monotonic() - began < 2.0
    released.set()
