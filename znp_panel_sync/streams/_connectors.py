"""Which connector reads a stream over which transport."""

from znp_kernel_client.types import Request
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.streams._parameters import Transport
from znp_panel_sync.streams._reading import Connector
from znp_panel_sync.streams._sse_connection import SseConnector
from znp_panel_sync.streams._websocket import WebSocketConnector, require_websockets


def connector_for(kernel: AsyncKernel, transport: Transport, request: Request, silence: float, limit: int) -> Connector:
    """Return what opens connections: `silence` in seconds ends one, and so does a frame of more than `limit` bytes."""
    if not isinstance(kernel, AsyncKernel):
        raise ConfigurationError("kernel", f"must be an AsyncKernel, not {type(kernel).__name__}")
    if transport == "sse":
        return SseConnector(kernel, request, silence, limit)
    require_websockets()
    return WebSocketConnector(kernel, request, silence, limit)
