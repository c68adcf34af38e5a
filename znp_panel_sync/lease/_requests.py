"""The three requests of an agent, and what their failures mean for a lease."""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from znp_kernel_client.models.protocol_heartbeat_request import ProtocolHeartbeatRequest
from znp_kernel_client.models.protocol_registration_request import ProtocolRegistrationRequest
from znp_panel_sync.errors import ConfigurationError, KernelResponseError
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease._health import Condition
from znp_panel_sync.lease._machine import Failure, Request, Send
from znp_panel_sync.lease._states import Signal
from znp_panel_sync.lease._terms import Grant, read_grant

_PASSING_STATUSES: Final = frozenset({404, 408, 425, 429})
"""Refusals that end by themselves; a 404 for a registration comes from a proxy whose kernel is not there yet."""


@frozen
class LeaseRequests:
    """Sends one agent's requests, each once and within its time: repeating is for the lease to decide."""

    kernel: AsyncKernel
    registration: ProtocolRegistrationRequest
    wall_clock: Callable[[], float]

    async def send(self, send: Send, condition: Condition) -> Grant:
        """Send one request and return what its answer grants; `condition` is for a heartbeat.

        Raises the errors of the kernel.
        """
        protocols = self.kernel.with_options(retries=0, timeout=send.timeout).protocols
        if send.request is Request.REGISTER:
            granted = await protocols.register_protocol(self.registration)
            return read_grant(granted.registered_at_ms, granted.expires_at_ms, granted.heartbeat_interval_seconds)
        if send.request is Request.BEAT:
            renewed = await protocols.send_heartbeat(self.registration.id, self._heartbeat(condition))
            return read_grant(renewed.received_at_ms, renewed.expires_at_ms)
        await protocols.deregister_protocol(self.registration.id)
        return Grant()

    def _heartbeat(self, condition: Condition) -> ProtocolHeartbeatRequest:
        observed_at_ms = int(self.wall_clock() * 1000)
        document: dict[str, Any] = {"status": condition.health.to_wire(), "observed_at_ms": observed_at_ms}
        if condition.message is not None:
            document["message"] = condition.message
        return ProtocolHeartbeatRequest.from_dict(document)


def failure_of(error: BaseException, request: Request) -> Failure:
    """Say what an error means for the lease."""
    if isinstance(error, KernelResponseError):
        return _refusal(error, request)
    signal = Signal.REFUSED if isinstance(error, ConfigurationError) else Signal.UNREACHABLE
    return Failure(signal, str(error) or type(error).__name__)


def _refusal(error: KernelResponseError, request: Request) -> Failure:
    if error.status == 409:
        return Failure(Signal.REFUSED, f"another agent may hold this id: {error}", conflict=True)
    if error.status in (404, 410) and request is not Request.REGISTER:
        return Failure(Signal.UNKNOWN_NODE, str(error))
    if error.status in _PASSING_STATUSES or error.status >= 500:
        return Failure(Signal.UNREACHABLE, str(error), error.retry_after)
    return Failure(Signal.REFUSED, str(error))
