"""Every operation of one kernel, with deadline, limits, retries and typed errors.

Each name is loaded when it is first used: scripts that block never wait for asyncio to be imported.
"""

from typing import TYPE_CHECKING, Final

from znp_panel_sync._lazy import loader

if TYPE_CHECKING:
    from znp_panel_sync.kernel._async import AsyncKernel as AsyncKernel
    from znp_panel_sync.kernel._async_streaming import AsyncKernelStream as AsyncKernelStream
    from znp_panel_sync.kernel._blocking import Kernel as Kernel
    from znp_panel_sync.kernel._calls import Timing as Timing
    from znp_panel_sync.kernel._streaming import KernelStream as KernelStream
    from znp_panel_sync.kernel._tls import ssl_context_for as ssl_context_for

_HOME: Final = {
    "AsyncKernel": "_async",
    "AsyncKernelStream": "_async_streaming",
    "Kernel": "_blocking",
    "KernelStream": "_streaming",
    "Timing": "_calls",
    "ssl_context_for": "_tls",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list, made from the table

__getattr__ = loader(__name__, _HOME)
