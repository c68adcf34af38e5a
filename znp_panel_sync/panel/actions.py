"""What the panel does at its kernels when somebody asks for it: each thing asked for has one result."""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from attrs import evolve

from znp_kernel_client.api.status import get_status
from znp_kernel_client.models import ProtocolUpsertRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError, KernelError, ZnpError
from znp_panel_sync.events.subscriptions import AsyncEventSubscriptions, EventSubscriptions
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.panel._visit import OpenKernel, Visit
from znp_panel_sync.panel.bindings import Binding, binding_health
from znp_panel_sync.panel.results import (
    DONE,
    BindingNotFoundError,
    BindingPushResult,
    CallbackResult,
    ConfigurationNotFoundError,
    HealthSyncResult,
    NodeConfigurationResult,
    NodeNotFoundError,
    NodeNotReadyError,
    NodeStatusResult,
    RecoveryError,
)
from znp_panel_sync.panel.store import BindingStore
from znp_panel_sync.polling._answer import KernelNode, read_nodes
from znp_panel_sync.polling._result import PollResult, failed
from znp_panel_sync.polling.model import Node, NodeId, NodeStatus, ProtocolHealth, Reason, StatusChange
from znp_panel_sync.polling.store import NodeStore

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership

CONCURRENCY: Final = 16
"""How many requests one action has under way."""

_logger: Final = logging.getLogger("znp_panel_sync.panel")

T = TypeVar("T")
Id = TypeVar("Id", bound=NodeId)


class AsyncPanelActions:
    """The panel's actions at its kernels, for panels with an event loop.

    `nodes` and `bindings` are the panel's records. `subscriptions` are the callbacks that are registered at a kernel
    before something is pushed there (None: none are). An action has at most `concurrency` requests under way, each of
    them bounded by its node's timeout. `open_kernel` makes the client of a control; `clock` returns epoch seconds.
    `cluster` shares what is done again and again, `register_callbacks`, among replicas, while something takes part in
    it: what calls that, such as `AsyncPeriodic(actions.register_callbacks, 300.0, "callbacks", cluster=cluster)`, or
    the poller. None: there are no others.

    Lists of ids lose their duplicates and zeros; an empty one is a `ConfigurationError`. Whatever happens to one id,
    the others have their result. Errors of the stores end the action.
    """

    def __init__(
        self,
        nodes: NodeStore,
        bindings: BindingStore,
        *,
        subscriptions: AsyncEventSubscriptions | None = None,
        concurrency: int = CONCURRENCY,
        cluster: "Ownership | None" = None,
        open_kernel: OpenKernel = AsyncKernel,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if concurrency < 1:
            raise ConfigurationError("concurrency", f"must be at least 1, not {concurrency}")
        if isinstance(subscriptions, EventSubscriptions):
            raise ConfigurationError("subscriptions", "must be AsyncEventSubscriptions here")
        self._nodes = nodes
        self._bindings = bindings
        self._subscriptions = subscriptions
        self._concurrency = concurrency
        self._cluster = cluster
        self._open_kernel = open_kernel
        self._clock = clock

    async def sync_node_statuses(self, node_ids: Iterable[NodeId]) -> list[NodeStatusResult]:
        """Ask the kernels of nodes whether they are there, and write what has changed.

        What a node that comes back needs (see `recover`) is done here too, since the poller will find it online.
        """
        wanted, nodes = unique_ids("node_ids", node_ids), await self._nodes_by_id()
        async with self._visit() as visit:
            outcomes = await _all(self._node_status(visit, one, nodes.get(str(one))) for one in wanted)
            changes = [change for _, change in outcomes if change]
            # Read before the change is written: a node that is online already would not be brought its bindings later.
            back = await self._with_bindings(nodes[str(one.node_id)] for one in changes if one.recovered)
            written = set(await self._nodes.apply(changes)) if changes else set()
            return await _all(self._after_change(visit, back, result, change, written) for result, change in outcomes)

    async def sync_binding_health(self, node_ids: Iterable[NodeId]) -> list[HealthSyncResult]:
        """Write the health that the kernels of nodes tell of their active bindings."""
        wanted, nodes = unique_ids("node_ids", node_ids), await self._nodes_by_id()
        bindings = await self._bindings_by_node(nodes[str(one)] for one in wanted if str(one) in nodes)
        async with self._visit() as visit:
            outcomes = await _all(self._health(visit, one, nodes.get(str(one)), bindings) for one in wanted)
        health = {binding: state for _, found in outcomes for binding, state in found.items()}
        changed = set(await self._bindings.write_health(health)) if health else set()
        return [evolve(result, updated=len(changed & found.keys())) for result, found in outcomes]

    async def push_binding(self, binding_id: int) -> BindingPushResult:
        """Push one binding to its kernel."""
        (result,) = await self.push_bindings(binding_ids=[binding_id])
        return result

    async def push_bindings(
        self, *, binding_ids: Iterable[int] = (), node_ids: Iterable[NodeId] = ()
    ) -> list[BindingPushResult]:
        """Push bindings, and all active bindings of nodes, to their kernels, where the callbacks are registered first.

        A node without active bindings has a result without a binding.
        """
        wanted, of_nodes = _ids_of_push(list(binding_ids), list(node_ids))
        nodes = await self._nodes_by_id()
        found = {one.id: one for one in await self._bindings.get_bindings(wanted)} if wanted else {}
        by_node = await self._bindings_by_node(nodes[str(one)] for one in of_nodes if str(one) in nodes)
        also = {one.id: one for listed in by_node.values() for one in listed if one.active and one.id not in found}
        chosen: dict[int, Binding | None] = {**{one: found.get(one) for one in wanted}, **also}
        async with self._visit() as visit:
            pushed = await _all(
                self._push(visit, one, binding, nodes.get(str(binding.node_id)) if binding else None)
                for one, binding in chosen.items()
            )
        idle = (one for one in of_nodes if not any(binding.active for binding in by_node.get(str(one), ())))
        return pushed + [BindingPushResult(None, "error", _why_idle(one, nodes), self._now()) for one in idle]

    async def sync_node_configuration(self, node_id: NodeId, *, protocol: str | None = None) -> NodeConfigurationResult:
        """Find a node's configuration at its kernel: what is listed under the node's id, or its bindings' ids.

        `protocol` is how the kernel is spoken to: `http`, or None, which is the same. Raises `NodeNotFoundError`,
        `NodeNotReadyError`, `ConfigurationNotFoundError`, and the kernel's errors.
        """
        if protocol not in (None, "http"):
            raise ConfigurationError("protocol", "must be http")
        nodes = await self._nodes_by_id()
        node, control = _ready(node_id, nodes.get(str(node_id)))
        bindings = (await self._bindings_by_node([node])).get(str(node_id), [])
        ids = {str(node_id), *(one.kernel_id for one in bindings)}
        async with self._visit() as visit:
            listed = await visit.ask(control, lambda kernel: kernel.protocols.list_protocols())
        configuration = tuple(one.to_dict() for one in listed if one.id and one.id in ids)
        if not configuration:
            raise ConfigurationNotFoundError(f"the kernel lists no configuration of node {node_id}")
        return NodeConfigurationResult(node_id, "http", _revision(configuration), self._now(), DONE, configuration)

    async def register_callbacks(self) -> list[CallbackResult]:
        """Register the callbacks at the kernels of all nodes that are not disabled: what a periodic pass does.

        Kernels that have them already are only asked, and failures are logged too, as a periodic pass has nobody to
        look at its results. Without `subscriptions`, nothing is done; with a `cluster`, kernels are left out that are
        other replicas' now, which are all of them, with a warning, while this replica is no member.
        """
        if self._cluster is not None and not self._cluster.version:
            _logger.warning("No callbacks are registered: this replica is no member of its cluster, or not yet")
        nodes = await self._nodes.list_nodes()
        ready = (node.control for node in nodes if node.control and node.status is not NodeStatus.DISABLED)
        ours = (control for control in dict.fromkeys(ready) if self._owns(control))
        async with self._visit() as visit:
            return await _all(self._callback_result(visit, control) for control in ours)

    async def recover(self, node: Node) -> None:
        """Bring callbacks and active bindings to the kernel of a node that came back: an action for `on_recovered`.

        Raises `RecoveryError` where something is left to do, so that it is tried again.
        """
        async with self._visit() as visit:
            back = await self._with_bindings([node])
            problems = await self._bring_back(visit, *back[node.id])
        if problems:
            raise RecoveryError(f"node {node.id}: {'; '.join(problems)}")

    def _owns(self, control: NodeControl) -> bool:
        return self._cluster is None or self._cluster.owns(f"kernel:{control.base_url}")

    def _visit(self) -> Visit:
        return Visit(self._open_kernel, self._concurrency)

    def _now(self) -> int:
        return int(self._clock())

    async def _nodes_by_id(self) -> dict[str, Node]:
        return {str(node.id): node for node in await self._nodes.list_nodes()}

    async def _bindings_by_node(self, nodes: Iterable[Node]) -> dict[str, list[Binding]]:
        ids = [node.id for node in nodes]
        grouped: dict[str, list[Binding]] = {}
        for binding in await self._bindings.bindings_of_nodes(ids) if ids else ():
            grouped.setdefault(str(binding.node_id), []).append(binding)
        return grouped

    async def _with_bindings(self, nodes: Iterable[Node]) -> dict[NodeId, tuple[Node, Sequence[Binding]]]:
        back = list(nodes)
        bindings = await self._bindings_by_node(back)
        return {node.id: (node, bindings.get(str(node.id), ())) for node in back}

    async def _node_status(
        self, visit: Visit, node_id: NodeId, found: Node | None
    ) -> tuple[NodeStatusResult, StatusChange | None]:
        """Ask for one node; the change is None where there is nothing to write."""
        if found and found.status is NodeStatus.DISABLED:
            return NodeStatusResult(node_id, "skipped", "the node is disabled", self._now()), None
        begun = self._clock()
        try:
            node, control = _ready(node_id, found)
            poll = await _poll(visit, control)
        except ZnpError as error:  # of ours: it says nothing about the node
            return NodeStatusResult(node_id, "error", str(error), self._now()), None
        word: Literal["offline", "online"] = "offline" if poll.error else "online"
        result = NodeStatusResult(node_id, word, str(poll.error or DONE), self._now())
        status = NodeStatus(word)
        if node.status is status:
            return result, None
        at = self._clock()
        latency = max(at - begun, 0.0)
        return result, StatusChange(node.id, node.status, status, poll.reason, at, latency, poll.error, poll.protocols)

    async def _after_change(
        self,
        visit: Visit,
        back: Mapping[NodeId, tuple[Node, Sequence[Binding]]],
        result: NodeStatusResult,
        change: StatusChange | None,
        written: set[NodeId],
    ) -> NodeStatusResult:
        """Bring to a node that came back what it needs, and say in its result what could not be done."""
        if change is None:
            return result
        if change.node_id not in written:
            return evolve(result, message=f"{result.message}; the status of this node is not written")
        problems = await self._bring_back(visit, *back[change.node_id]) if change.recovered else []
        return evolve(result, message="; ".join([result.message, *problems]))

    async def _health(
        self, visit: Visit, node_id: NodeId, found: Node | None, bindings: Mapping[str, Sequence[Binding]]
    ) -> tuple[HealthSyncResult, dict[int, str]]:
        """Ask for one node; return the health of its bindings too."""
        if found and found.status is NodeStatus.DISABLED:
            return HealthSyncResult(node_id, "skipped", "the node is disabled", self._now()), {}
        try:
            _, control = _ready(node_id, found)
            protocols = _protocols(await _poll(visit, control))
        except ZnpError as error:
            return HealthSyncResult(node_id, "error", str(error), self._now()), {}
        active = (one for one in bindings.get(str(node_id), ()) if one.active)
        health = {one.id: binding_health(one, protocols) for one in active}
        return HealthSyncResult(node_id, "synced", DONE, self._now()), health

    async def _bring_back(self, visit: Visit, node: Node, bindings: Sequence[Binding]) -> list[str]:
        """Bring callbacks and bindings to a node's kernel; return what could not be done."""
        pushed = await _all(self._push(visit, one.id, one, node) for one in bindings if one.active)
        problems = [f"binding {one.binding_id}: {one.message}" for one in pushed if one.status == "error"]
        try:
            _, control = _ready(node.id, node)
            await self._register(visit, control)
        except ZnpError as error:
            return [f"callbacks: {error}", *problems]
        return problems

    async def _push(
        self, visit: Visit, binding_id: int, binding: Binding | None, node: Node | None
    ) -> BindingPushResult:
        """Push one binding; what goes wrong with it is its result."""
        try:
            if binding is None:
                raise BindingNotFoundError(f"there is no binding {binding_id}")
            _, control = _ready(binding.node_id, node)
            body = _wire_form(binding)
            notice = await self._try_to_register(visit, control)
            await visit.ask(control, lambda kernel: kernel.protocols.upsert_protocol(body))
        except ZnpError as error:
            return BindingPushResult(binding_id, "error", str(error), self._now())
        return BindingPushResult(binding_id, "synced", notice, self._now())

    async def _try_to_register(self, visit: Visit, control: NodeControl) -> str:
        """Register the callbacks; a kernel that refuses them takes bindings all the same."""
        try:
            await self._register(visit, control)
        except ZnpError as error:
            return f"{DONE}; callbacks were not registered: {error}"
        return DONE

    async def _register(self, visit: Visit, control: NodeControl) -> None:
        if self._subscriptions:
            await visit.ask_once("callbacks", control, self._subscriptions.apply)

    async def _callback_result(self, visit: Visit, control: NodeControl) -> CallbackResult:
        try:
            await self._register(visit, control)
        except ZnpError as error:
            _logger.warning("the callbacks are not registered at a kernel: %s", error)
            return CallbackResult(control.base_url, "error", str(error), self._now())
        return CallbackResult(control.base_url, "synced", DONE, self._now())


def unique_ids(name: str, ids: Iterable[Id]) -> list[Id]:
    """Return ids without zeros and duplicates, in their order.

    Raises `ConfigurationError` for an id that is neither an unsigned integer nor a text, and where none is left.
    """
    given = list(ids)
    for one in given:
        _check_id(name, one)
    kept = {str(one): one for one in given if one not in (0, "", "0")}
    if not kept:
        raise ConfigurationError(name, "must name at least one")
    return list(kept.values())


def _check_id(name: str, value: object) -> None:
    usable = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
    if not usable:
        raise ConfigurationError(name, f"must hold unsigned integers or texts, not {value!r}")


def _ids_of_push(binding_ids: list[int], node_ids: list[NodeId]) -> tuple[list[int], list[NodeId]]:
    """Return both lists of ids, of which one may be empty."""
    if not node_ids:
        return unique_ids("binding_ids", binding_ids), []
    return unique_ids("binding_ids", binding_ids) if binding_ids else [], unique_ids("node_ids", node_ids)


def _why_idle(node_id: NodeId, nodes: Mapping[str, Node]) -> str:
    known = str(node_id) in nodes
    return f"node {node_id} has no active bindings" if known else f"there is no node {node_id}"


def _ready(node_id: NodeId, node: Node | None) -> tuple[Node, NodeControl]:
    """Return a node that can be asked, and how."""
    if node is None:
        raise NodeNotFoundError(f"there is no node {node_id}")
    if node.status is NodeStatus.DISABLED:
        raise NodeNotReadyError(f"node {node_id} is disabled")
    if node.control is None:
        raise NodeNotReadyError(f"node {node_id} cannot be reached: {node.problem or 'it has no control endpoint'}")
    return node, node.control


async def _poll(visit: Visit, control: NodeControl) -> PollResult:
    """Ask for a kernel's status once; its errors are in the result, errors on our side are raised."""
    try:
        nodes = await visit.ask_once("status", control, _read_status)
    except KernelError as error:
        result = failed(error)
        if result.error is None:  # trouble of ours, which says nothing about the node
            raise
        return result
    return PollResult(Reason.REACHED, None, nodes)


def _wire_form(binding: Binding) -> ProtocolUpsertRequest:
    """Return what is pushed; whatever is wrong with a binding is that binding's alone."""
    try:
        return binding.to_wire()
    except ZnpError:
        raise
    except Exception as error:  # of any kind, as records hold anything; its text could show a part of the profile
        raise ConfigurationError("binding", f"is not in the form of a binding ({type(error).__name__})") from None


def _protocols(poll: PollResult) -> tuple[ProtocolHealth, ...]:
    """Return what a kernel has told; raise its error where it was not reached."""
    if poll.error:
        raise poll.error
    return poll.protocols


async def _read_status(kernel: AsyncKernel) -> Sequence[KernelNode]:
    response = await kernel.execute(get_status.build_request(include="nodes"), lambda raw: read_nodes(raw.content))
    return response.parsed


def _revision(configuration: Sequence[Mapping[str, Any]]) -> str:
    """Return the kernel's own revision where it gives one, else the SHA-256 of the configuration."""
    given = configuration[0].get("revision")
    if isinstance(given, str | int) and given:
        return str(given)
    return hashlib.sha256(json.dumps(configuration, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def _all(work: Iterable[Awaitable[T]]) -> list[T]:
    return list(await asyncio.gather(*work))
