"""A kernel's control plane for panels and node agents: typed calls, leases, polling, events and streams.

Every name below is loaded when it is first used, so that importing this package costs next to nothing.
"""

from typing import TYPE_CHECKING, Final

from znp_panel_sync._lazy import loader
from znp_panel_sync._version import __version__ as __version__

if TYPE_CHECKING:
    from znp_panel_sync.cluster import Cluster as Cluster
    from znp_panel_sync.control import NodeControl as NodeControl
    from znp_panel_sync.errors import AnswerTooLargeError as AnswerTooLargeError
    from znp_panel_sync.errors import BadRequestError as BadRequestError
    from znp_panel_sync.errors import ConfigurationError as ConfigurationError
    from znp_panel_sync.errors import ConflictError as ConflictError
    from znp_panel_sync.errors import ForbiddenError as ForbiddenError
    from znp_panel_sync.errors import KernelError as KernelError
    from znp_panel_sync.errors import KernelFaultError as KernelFaultError
    from znp_panel_sync.errors import KernelResponseError as KernelResponseError
    from znp_panel_sync.errors import KernelTimeoutError as KernelTimeoutError
    from znp_panel_sync.errors import KernelUnreachableError as KernelUnreachableError
    from znp_panel_sync.errors import KernelUsageError as KernelUsageError
    from znp_panel_sync.errors import NotFoundError as NotFoundError
    from znp_panel_sync.errors import RateLimitedError as RateLimitedError
    from znp_panel_sync.errors import UnauthorizedError as UnauthorizedError
    from znp_panel_sync.errors import UndecodableAnswerError as UndecodableAnswerError
    from znp_panel_sync.errors import ZnpError as ZnpError
    from znp_panel_sync.events import AsyncEventSubscriptions as AsyncEventSubscriptions
    from znp_panel_sync.events import CallbackReceiver as CallbackReceiver
    from znp_panel_sync.events import EventLedger as EventLedger
    from znp_panel_sync.events import EventSubscriptions as EventSubscriptions
    from znp_panel_sync.health import Health as Health
    from znp_panel_sync.health import HealthReport as HealthReport
    from znp_panel_sync.health import read_health as read_health
    from znp_panel_sync.kernel import AsyncKernel as AsyncKernel
    from znp_panel_sync.kernel import Kernel as Kernel
    from znp_panel_sync.lease import AsyncNodeAgent as AsyncNodeAgent
    from znp_panel_sync.lease import LeaseState as LeaseState
    from znp_panel_sync.lease import LeaseTimings as LeaseTimings
    from znp_panel_sync.lease import LeaseTransition as LeaseTransition
    from znp_panel_sync.lease import NodeAgent as NodeAgent
    from znp_panel_sync.lease import stop_on_signals as stop_on_signals
    from znp_panel_sync.panel import AsyncPanelActions as AsyncPanelActions
    from znp_panel_sync.panel import PanelActions as PanelActions
    from znp_panel_sync.polling import BackgroundPoller as BackgroundPoller
    from znp_panel_sync.polling import Backoff as Backoff
    from znp_panel_sync.polling import NodeStore as NodeStore
    from znp_panel_sync.polling import OfflineProbe as OfflineProbe
    from znp_panel_sync.polling import StatusPoller as StatusPoller
    from znp_panel_sync.settings import BackoffSettings as BackoffSettings
    from znp_panel_sync.settings import KernelSettings as KernelSettings
    from znp_panel_sync.settings import Settings as Settings
    from znp_panel_sync.settings import WebhookSettings as WebhookSettings
    from znp_panel_sync.settings import load_settings as load_settings
    from znp_panel_sync.settings import parse_duration as parse_duration
    from znp_panel_sync.stores import MemoryNodeStore as MemoryNodeStore
    from znp_panel_sync.stores import SqlEventLedger as SqlEventLedger
    from znp_panel_sync.stores import SqlNodeStore as SqlNodeStore
    from znp_panel_sync.streams import AsyncEventStream as AsyncEventStream
    from znp_panel_sync.streams import AsyncStatusStream as AsyncStatusStream
    from znp_panel_sync.streams import EventStream as EventStream
    from znp_panel_sync.streams import StatusStream as StatusStream
    from znp_panel_sync.streams import StatusWatch as StatusWatch
    from znp_panel_sync.web import LivePage as LivePage

_MODULES: Final[dict[str, tuple[str, ...]]] = {
    "cluster": ("Cluster",),
    "control": ("NodeControl",),
    "errors": (
        "AnswerTooLargeError",
        "BadRequestError",
        "ConfigurationError",
        "ConflictError",
        "ForbiddenError",
        "KernelError",
        "KernelFaultError",
        "KernelResponseError",
        "KernelTimeoutError",
        "KernelUnreachableError",
        "KernelUsageError",
        "NotFoundError",
        "RateLimitedError",
        "UnauthorizedError",
        "UndecodableAnswerError",
        "ZnpError",
    ),
    "events": ("AsyncEventSubscriptions", "CallbackReceiver", "EventLedger", "EventSubscriptions"),
    "health": ("Health", "HealthReport", "read_health"),
    "kernel": ("AsyncKernel", "Kernel"),
    "lease": ("AsyncNodeAgent", "LeaseState", "LeaseTimings", "LeaseTransition", "NodeAgent", "stop_on_signals"),
    "panel": ("AsyncPanelActions", "PanelActions"),
    "polling": ("BackgroundPoller", "Backoff", "NodeStore", "OfflineProbe", "StatusPoller"),
    "settings": ("BackoffSettings", "KernelSettings", "Settings", "WebhookSettings", "load_settings", "parse_duration"),
    "stores": ("MemoryNodeStore", "SqlEventLedger", "SqlNodeStore"),
    "streams": ("AsyncEventStream", "AsyncStatusStream", "EventStream", "StatusStream", "StatusWatch"),
    "web": ("LivePage",),
}
"""Where each public name lives; the imports above tell type checkers the same, and a test compares the two."""

_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list, made from the table

__getattr__ = loader(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
