"""Every operation of one kernel, with deadline, limits, retries and typed errors."""

from znp_panel_sync.kernel._async import AsyncKernel
from znp_panel_sync.kernel._blocking import Kernel
from znp_panel_sync.kernel._calls import Timing
from znp_panel_sync.kernel._streaming import AsyncKernelStream, KernelStream
from znp_panel_sync.kernel._tls import ssl_context_for

__all__ = ["AsyncKernel", "AsyncKernelStream", "Kernel", "KernelStream", "Timing", "ssl_context_for"]
