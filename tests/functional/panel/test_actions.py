import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import pytest

from tests.functional.panel.support import BASE, NOW, Panel
from tests.unit.cluster.support import Member
from znp_panel_sync.cluster import Cluster
from znp_panel_sync.errors import ConfigurationError, KernelResponseError, UnauthorizedError
from znp_panel_sync.events import AsyncEventSubscriptions, EventSubscriptions
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.panel import (
    AsyncPanelActions,
    Binding,
    BindingPushResult,
    ConfigurationNotFoundError,
    HealthSyncResult,
    NodeNotFoundError,
    NodeNotReadyError,
    NodeStatusResult,
    PanelActions,
    PanelUsageError,
    RecoveryError,
)
from znp_panel_sync.polling import NodeId, NodeStatus
from znp_panel_sync.stores import MemoryBindingStore
from znp_panel_sync.testing import KernelSimulator

# Node status


async def test_each_node_has_its_status_whatever_happens_to_the_others(
    panel: Panel, simulator: KernelSimulator
) -> None:
    panel.add_node(2, simulator, status="offline")
    panel.add_node(3, simulator, status="disabled")
    panel.add_node(4, None, problem="control_endpoint: is missing")
    panel.add_dead_node(5, status="online")
    results = await panel.actions().sync_node_statuses([5, 4, 3, 2, 1, 99, 1, 0])
    assert [(one.node_id, one.status) for one in results] == [
        (5, "offline"),
        (4, "error"),
        (3, "skipped"),
        (2, "online"),
        (1, "online"),
        (99, "error"),
    ]
    assert "control_endpoint: is missing" in results[1].message
    assert results[4] == NodeStatusResult(1, "online", "ok", NOW)
    statuses = [panel.nodes[number].status for number in (1, 2, 3, 5)]
    assert statuses == [NodeStatus.ONLINE, NodeStatus.ONLINE, NodeStatus.DISABLED, NodeStatus.OFFLINE]


async def test_nodes_of_one_kernel_are_one_request(panel: Panel, simulator: KernelSimulator) -> None:
    for number in range(2, 30):
        panel.add_node(number, simulator)
    results = await panel.actions().sync_node_statuses(range(1, 30))
    assert {one.status for one in results} == {"online"}
    assert len(simulator.requests.find("GET", "/v1/status")) == 1


class BrokenBindings(MemoryBindingStore):
    """A store that cannot be read now."""

    async def bindings_of_nodes(self, node_ids: Iterable[NodeId]) -> list[Binding]:
        raise OSError("away")


async def test_a_node_whose_bindings_cannot_be_read_is_not_taken_as_back(
    panel: Panel, simulator: KernelSimulator
) -> None:
    panel.add_node(1, simulator, status="offline")
    with pytest.raises(OSError, match="away"):
        await AsyncPanelActions(panel.nodes, BrokenBindings()).sync_node_statuses([1])
    assert panel.nodes[1].status is NodeStatus.OFFLINE


async def test_a_node_that_comes_back_gets_its_callbacks_and_bindings(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_node(1, simulator, status="offline")
    (result,) = await panel.actions().sync_node_statuses([1])
    assert (result.status, result.message) == ("online", "ok")
    assert len(simulator.registrations) == 7
    assert simulator.node_ids == ["edge-1"]


async def test_what_could_not_be_brought_back_is_in_the_message(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_node(1, simulator, status="offline")
    with simulator.faults.answer(400, path="/v1/protocols"):
        (result,) = await panel.actions().sync_node_statuses([1])
    assert result.status == "online"
    assert "binding 11: " in result.message


async def test_a_node_whose_status_is_not_synced_is_only_told(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_node(1, simulator, status="offline", status_sync_enabled=False)
    (result,) = await panel.actions().sync_node_statuses([1])
    assert (result.status, result.message) == ("online", "ok; the status of this node is not written")
    assert panel.nodes[1].status is NodeStatus.OFFLINE


async def test_trouble_of_ours_says_nothing_about_a_node(panel: Panel, simulator: KernelSimulator) -> None:
    def open_closed(control: Any) -> AsyncKernel:
        kernel = AsyncKernel(control)
        kernel._connections._closed = True
        return kernel

    panel.add_node(2, None)
    (result,) = await panel.actions(open_kernel=open_closed).sync_node_statuses([1])
    assert result.status == "error"
    assert panel.nodes[1].status is NodeStatus.ONLINE


@pytest.mark.parametrize("ids", [[], [0], [0, 0], [-1], [True], [1.5], [None], ["", "0"]])
async def test_lists_without_usable_ids_are_refused(panel: Panel, ids: Any) -> None:
    for action in (panel.actions().sync_node_statuses, panel.actions().sync_binding_health):
        with pytest.raises(ConfigurationError) as caught:
            await action(ids)
        assert caught.value.field == "node_ids"


async def test_ids_may_be_texts_too(panel: Panel) -> None:
    (result,) = await panel.actions().sync_node_statuses(["1"])
    assert (result.node_id, result.status) == ("1", "online")


async def test_requests_under_way_are_bounded(panel: Panel) -> None:
    kernels = [KernelSimulator().start() for _ in range(6)]
    under_way, most = 0, 0

    class Counting(AsyncKernel):
        async def execute(self, *arguments: Any) -> Any:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            try:
                return await super().execute(*arguments)
            finally:
                under_way -= 1

    for number, kernel in enumerate(kernels, start=2):
        panel.add_node(number, kernel)
    results = await panel.actions(concurrency=2, open_kernel=Counting).sync_node_statuses(range(2, 8))
    for kernel in kernels:
        kernel.stop()
    assert {one.status for one in results} == {"online"}
    assert most == 2
    with pytest.raises(ConfigurationError, match="concurrency"):
        panel.actions(concurrency=0)


async def test_an_action_that_is_cancelled_leaves_nothing_behind(panel: Panel, simulator: KernelSimulator) -> None:
    with simulator.faults.hang(path="/v1/status"):
        action = asyncio.create_task(panel.actions().sync_node_statuses([1]))
        await asyncio.to_thread(simulator.requests.wait_for, "GET", "/v1/status")
        action.cancel()
        with pytest.raises(asyncio.CancelledError):
            await action
    assert asyncio.all_tasks() == {asyncio.current_task()}


# Health of bindings


async def test_bindings_get_the_health_of_their_kernel(panel: Panel, simulator: KernelSimulator) -> None:
    simulator.add_node("edge-1", health=Health.DEGRADED)
    simulator.add_node("edge-2")
    panel.add_binding(12, 1, "edge-2", health="healthy")
    panel.add_binding(13, 1, "gone")
    panel.add_binding(14, 1, "edge-1", active=False)
    assert await panel.actions().sync_binding_health([1]) == [HealthSyncResult(1, "synced", "ok", NOW, updated=2)]
    assert [panel.bindings[number].health for number in (11, 12, 13, 14)] == [
        "degraded",
        "healthy",
        "offline",
        "unknown",
    ]


async def test_health_of_nodes_that_cannot_be_asked_stays(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_node(2, simulator, status="disabled")
    panel.add_dead_node(3)
    panel.add_binding(31, 3, "edge-1", health="healthy")
    panel.add_node(4, simulator)
    results = await panel.actions().sync_binding_health([2, 3, 99, 4])
    assert [(one.status, one.updated) for one in results] == [
        ("skipped", 0),
        ("error", 0),
        ("error", 0),
        ("synced", 0),
    ]
    assert "refuses connections" in results[1].message
    assert panel.bindings[31].health == "healthy"


# Pushes


async def test_a_binding_is_pushed_after_its_callbacks(panel: Panel, simulator: KernelSimulator) -> None:
    assert await panel.actions().push_binding(11) == BindingPushResult(11, "synced", "ok", NOW)
    posts = [one.path for one in simulator.requests.find("POST")]
    assert posts[-1] == "/v1/protocols"
    assert len(posts) == 8
    assert simulator.node_ids == ["edge-1"]
    await panel.actions().push_binding(11)
    assert len(simulator.registrations) == 7


async def test_each_binding_asked_for_has_its_result(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_node(2, simulator, status="disabled")
    panel.add_node(3, simulator)
    panel.add_dead_node(4)
    panel.add_binding(12, 1, None)
    panel.add_binding(13, 1, "edge-3", profile={"broken": object()})
    panel.add_binding(14, 1, "edge-4", active=False)
    panel.add_binding(15, 1, "edge-7", profile="no object")
    panel.add_binding(16, 1, "edge-8", listen=443)
    panel.add_binding(21, 2, "edge-5")
    panel.add_binding(41, 4, "edge-6")
    results = await panel.actions().push_bindings(binding_ids=[11, 99, 12, 13, 14, 15, 16], node_ids=[1, 2, 3, 4, 98])
    outcome = {one.binding_id: (one.status, one.message) for one in results if one.binding_id}
    assert list(outcome) == [11, 99, 12, 13, 14, 15, 16, 21, 41]
    assert {number for number, (status, _) in outcome.items() if status == "synced"} == {11}
    assert outcome[99][1] == "there is no binding 99"
    assert outcome[12][1] == "kernel_id: is missing"
    assert outcome[13][1].startswith("body: cannot be written as JSON")
    assert outcome[15][1] == "binding: is not in the form of a binding (ValueError)"
    assert outcome[16][1] == "binding: is not in the form of a binding (AttributeError)"
    assert outcome[14][1] == "active: the binding is switched off"
    assert outcome[21][1] == "node 2 is disabled"
    assert "refuses connections" in outcome[41][1]
    assert [one.message for one in results if one.binding_id is None] == [
        "node 3 has no active bindings",
        "there is no node 98",
    ]


async def test_a_push_by_node_alone_takes_its_active_bindings(panel: Panel, simulator: KernelSimulator) -> None:
    panel.add_binding(12, 1, "edge-2")
    panel.add_binding(13, 1, "edge-3", active=False)
    results = await panel.actions().push_bindings(node_ids=[1])
    assert [(one.binding_id, one.status) for one in results] == [(11, "synced"), (12, "synced")]
    assert sorted(simulator.node_ids) == ["edge-1", "edge-2"]


async def test_a_push_of_nothing_is_refused(panel: Panel) -> None:
    with pytest.raises(ConfigurationError):
        await panel.actions().push_bindings()


async def test_a_kernel_without_callbacks_takes_bindings_all_the_same(panel: Panel, simulator: KernelSimulator) -> None:
    with simulator.faults.answer(404, path="*/registrations"):
        result = await panel.actions().push_binding(11)
    assert result.status == "synced"
    assert result.message.startswith("ok; callbacks were not registered: ")
    assert simulator.node_ids == ["edge-1"]


async def test_without_subscriptions_no_callbacks_are_registered(panel: Panel, simulator: KernelSimulator) -> None:
    actions = panel.actions(subscriptions=None)
    assert (await actions.push_binding(11)).status == "synced"
    assert [one.status for one in await actions.register_callbacks()] == ["synced"]
    assert simulator.registrations == ()


# Configuration


async def test_a_nodes_configuration_is_found_by_its_id_or_its_bindings(
    panel: Panel, simulator: KernelSimulator
) -> None:
    actions = panel.actions()
    await actions.push_binding(11)
    first = await actions.sync_node_configuration(1, protocol="http")
    assert (first.node_id, first.protocol, first.synced_at, first.message) == (1, "http", NOW, "ok")
    assert [one["id"] for one in first.configuration] == ["edge-1"]
    assert len(first.revision) == 64
    assert (await actions.sync_node_configuration(1)).revision == first.revision
    simulator.add_node("1")
    changed = await actions.sync_node_configuration(1)
    assert [one["id"] for one in changed.configuration] == ["edge-1", "1"]
    assert changed.revision != first.revision


async def test_a_revision_of_the_kernels_own_goes_first(panel: Panel, simulator: KernelSimulator) -> None:
    with simulator.faults.answer(200, '[{"id": "1", "revision": 7}]', path="/v1/protocols"):
        assert (await panel.actions().sync_node_configuration(1)).revision == "7"


async def test_a_configuration_that_cannot_be_had_says_why(panel: Panel, simulator: KernelSimulator) -> None:
    actions = panel.actions()
    panel.add_node(2, None)
    panel.add_node(3, simulator, status="disabled")
    with pytest.raises(NodeNotFoundError):
        await actions.sync_node_configuration(99)
    with pytest.raises(NodeNotReadyError, match="no control endpoint"):
        await actions.sync_node_configuration(2)
    with pytest.raises(NodeNotReadyError, match="disabled"):
        await actions.sync_node_configuration(3)
    with pytest.raises(ConfigurationNotFoundError):
        await actions.sync_node_configuration(1)
    with pytest.raises(ConfigurationError, match="protocol: must be http"):
        await actions.sync_node_configuration(1, protocol="grpc")
    simulator.set_credentials(token="other")
    with pytest.raises(UnauthorizedError):
        await actions.sync_node_configuration(1)


# Recovery and the periodic pass


async def test_a_recovered_node_gets_everything_again(panel: Panel, simulator: KernelSimulator) -> None:
    actions = panel.actions()
    await actions.recover(panel.nodes[1])
    simulator.restart(forget=True)
    await actions.recover(panel.nodes[1])
    assert len(simulator.registrations) == 7
    assert simulator.node_ids == ["edge-1"]


async def test_a_recovery_that_is_not_complete_is_an_error_so_that_it_is_tried_again(
    panel: Panel, simulator: KernelSimulator
) -> None:
    panel.add_binding(12, 1, None)
    with pytest.raises(RecoveryError, match="node 1: binding 12: kernel_id: is missing"):
        await panel.actions().recover(panel.nodes[1])
    with simulator.faults.answer(500, path="/v1/events/registrations"), pytest.raises(RecoveryError, match="callbacks"):
        await panel.actions().recover(panel.nodes[1])
    assert simulator.node_ids == ["edge-1"]


async def test_the_periodic_pass_visits_each_kernel_once_and_logs_its_failures(
    panel: Panel, simulator: KernelSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    panel.add_node(2, simulator)
    panel.add_node(3, simulator, status="disabled")
    panel.add_node(4, None)
    panel.add_dead_node(5)
    results = await panel.actions().register_callbacks()
    assert [(one.kernel, one.status) for one in results] == [
        (simulator.url, "synced"),
        ("http://127.0.0.1:1", "error"),
    ]
    assert "http://127.0.0.1:1" in caplog.text
    assert len(simulator.registrations) == 7


async def test_the_periodic_pass_visits_the_kernels_that_are_this_replicas(
    panel: Panel, simulator: KernelSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    with KernelSimulator() as other:
        panel.add_node(2, other)
        member = Member(f"kernel:{simulator.url}")
        actions = panel.actions(cluster=member)
        assert [(one.kernel, one.status) for one in await actions.register_callbacks()] == [(simulator.url, "synced")]
        assert (len(simulator.registrations), len(other.registrations)) == (7, 0)
        member.own(f"kernel:{other.url}")
        assert [(one.kernel, one.status) for one in await actions.register_callbacks()] == [(other.url, "synced")]
        assert len(other.registrations) == 7
        member.own()
        assert await actions.register_callbacks() == []
    assert caplog.text == ""


async def test_a_periodic_pass_outside_of_the_cluster_is_warned_of(
    panel: Panel, simulator: KernelSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    actions = panel.actions(cluster=Cluster("redis://127.0.0.1:1", "panel"))
    assert await actions.register_callbacks() == []
    assert "this replica is no member of its cluster" in caplog.text
    assert simulator.registrations == ()


# The blocking form


@pytest.mark.parametrize("form", [EventSubscriptions, AsyncEventSubscriptions])
def test_the_blocking_form_does_the_same(
    panel: Panel, simulator: KernelSimulator, form: type[EventSubscriptions] | type[AsyncEventSubscriptions]
) -> None:
    subscriptions = form(BASE, secret="canary-token")
    actions = PanelActions(panel.nodes, panel.bindings, subscriptions=subscriptions, clock=lambda: NOW)
    assert actions.push_binding(11) == BindingPushResult(11, "synced", "ok", NOW)
    assert [one.status for one in actions.push_bindings(node_ids=[1])] == ["synced"]
    assert [one.status for one in actions.sync_node_statuses([1])] == ["online"]
    assert [one.updated for one in actions.sync_binding_health([1])] == [1]
    assert actions.sync_node_configuration(1).message == "ok"
    assert [one.status for one in actions.register_callbacks()] == ["synced"]
    actions.recover(panel.nodes[1])
    assert len(simulator.registrations) == 7


def test_the_async_form_refuses_blocking_subscriptions(panel: Panel) -> None:
    with pytest.raises(ConfigurationError, match="subscriptions: must be AsyncEventSubscriptions"):
        panel.actions(subscriptions=EventSubscriptions(BASE, secret="canary-token"))


async def test_the_blocking_form_refuses_an_event_loop(panel: Panel) -> None:
    with pytest.raises(PanelUsageError, match="AsyncPanelActions"):
        PanelActions(panel.nodes, panel.bindings).push_binding(11)


async def test_secrets_are_shown_nowhere(
    panel: Panel, simulator: KernelSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.set_credentials(access_key="ak", secret_key="canary-key")
    panel.add_node(1, simulator, status="offline")
    actions: AsyncPanelActions = panel.actions()
    with caplog.at_level(logging.DEBUG):
        shown = [repr(actions), repr(await actions.sync_node_statuses([1])), repr(await actions.push_binding(11))]
        with simulator.faults.answer(401), pytest.raises(KernelResponseError) as caught:
            await actions.sync_node_configuration(1)
    assert "canary" not in " ".join([*shown, caplog.text, repr(caught.value), str(caught.value)])
