"""The public names as users write them. Never run: type checkers read it, so that no signature changes unnoticed."""

from typing import assert_type

from znp_kernel_client.models import (
    NodeRole,
    NodeStatus,
    ProtocolRegistrationRequest,
    ProtocolRegistrationResponse,
    StatusResponse,
    UserView,
)
from znp_kernel_client.types import Response, Unset
from znp_panel_sync import (
    AsyncKernel,
    AsyncNodeAgent,
    BackgroundPoller,
    Health,
    HealthReport,
    Kernel,
    KernelResponseError,
    KernelSettings,
    LeaseState,
    MemoryNodeStore,
    NodeAgent,
    NodeControl,
    StatusPoller,
    StatusWatch,
    ZnpError,
    load_settings,
    read_health,
)
from znp_panel_sync.polling import Node, StatusChange


def calls(control: NodeControl) -> None:
    with Kernel(control) as kernel:
        status = kernel.status.get_status(include="nodes")
        assert_type(status, StatusResponse)
        assert_type(status.snapshot.nodes, list[NodeStatus] | Unset)
        assert_type(kernel.users.list_users_detailed(), Response[list[UserView]])
        assert_type(kernel.with_options(timeout=1.0, retries=0).healthy(), bool)
        for node in status.snapshot.nodes or ():
            assert_type(read_health(node.health), HealthReport)


async def async_calls(control: NodeControl, registration: ProtocolRegistrationRequest) -> None:
    async with AsyncKernel(control) as kernel:
        assert_type(await kernel.status.get_status(), StatusResponse)
        assert_type(await kernel.protocols.register_protocol(registration), ProtocolRegistrationResponse)
        async with AsyncNodeAgent(kernel, registration) as agent:
            agent.report(Health.DEGRADED, "why")
            assert_type(agent.state, LeaseState)


def leases(kernel: Kernel) -> None:
    registration = ProtocolRegistrationRequest(id="edge-1", role=NodeRole.LISTENER, protocol="vless")
    agent = NodeAgent(kernel, registration)
    assert_type(agent.start(wait=5.0), bool)
    agent.stop(timeout=1.0)


async def polling(control: NodeControl) -> None:
    store = MemoryNodeStore([Node(1, control)])
    async with StatusPoller(store, settings=KernelSettings(30.0), watch=StatusWatch(interval=2)) as poller:
        async for change in poller.changes():
            assert_type(change, StatusChange)


def blocking_polling(store: MemoryNodeStore) -> None:
    with BackgroundPoller(store, settings=load_settings("panel.yaml").kernel) as poller:
        poller.refresh()


def errors(error: ZnpError) -> None:
    assert_type(error.retryable, bool)
    if isinstance(error, KernelResponseError):
        assert_type(error.status, int)
        assert_type(error.retry_after, float | None)
