"""All operations of the contract, grouped by tag.

`KernelApi` and `AsyncKernelApi` are bases for whatever sends requests: they offer the operations as
`kernel.<tag>.<operation>(...)`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..types import RawResponse, Request, Response

if TYPE_CHECKING:
    from .audit import AsyncAuditApi, AuditApi
    from .events import AsyncEventsApi, EventsApi
    from .export import AsyncExportApi, ExportApi
    from .interfaces import AsyncInterfacesApi, InterfacesApi
    from .protocols import AsyncProtocolsApi, ProtocolsApi
    from .rules import AsyncRulesApi, RulesApi
    from .security import AsyncSecurityApi, SecurityApi
    from .status import AsyncStatusApi, StatusApi
    from .tls import AsyncTlsApi, TlsApi
    from .traffic import AsyncTrafficApi, TrafficApi
    from .users import AsyncUsersApi, UsersApi

T = TypeVar("T")


class KernelApi(ABC):
    """The operations of one kernel. Subclasses say how a request is sent."""

    @abstractmethod
    def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`."""

    @property
    def status(self) -> "StatusApi":
        """Liveness and runtime status."""
        from .status import StatusApi

        return StatusApi(self)

    @property
    def traffic(self) -> "TrafficApi":
        """Traffic counters."""
        from .traffic import TrafficApi

        return TrafficApi(self)

    @property
    def interfaces(self) -> "InterfacesApi":
        """Network interfaces of the kernel's host."""
        from .interfaces import InterfacesApi

        return InterfacesApi(self)

    @property
    def rules(self) -> "RulesApi":
        """Lists of rules that the kernel loads from elsewhere."""
        from .rules import RulesApi

        return RulesApi(self)

    @property
    def tls(self) -> "TlsApi":
        """TLS settings of nodes."""
        from .tls import TlsApi

        return TlsApi(self)

    @property
    def audit(self) -> "AuditApi":
        """Who did what on the kernel."""
        from .audit import AuditApi

        return AuditApi(self)

    @property
    def security(self) -> "SecurityApi":
        """Limits on requests to this API."""
        from .security import SecurityApi

        return SecurityApi(self)

    @property
    def events(self) -> "EventsApi":
        """Callbacks by which the kernel tells of node events and service events."""
        from .events import EventsApi

        return EventsApi(self)

    @property
    def protocols(self) -> "ProtocolsApi":
        """Protocol nodes: those that are configured, and those that register themselves and send heartbeats."""
        from .protocols import ProtocolsApi

        return ProtocolsApi(self)

    @property
    def users(self) -> "UsersApi":
        """The kernel's users."""
        from .users import UsersApi

        return UsersApi(self)

    @property
    def export(self) -> "ExportApi":
        """Export of the kernel's configuration."""
        from .export import ExportApi

        return ExportApi(self)


class AsyncKernelApi(ABC):
    """The operations of one kernel, for an event loop. Subclasses say how a request is sent."""

    @abstractmethod
    async def execute(self, request: Request, parse: Callable[[RawResponse], T], /) -> Response[T]:
        """Send `request` and return its answer, decoded by `parse`."""

    @property
    def status(self) -> "AsyncStatusApi":
        """Liveness and runtime status."""
        from .status import AsyncStatusApi

        return AsyncStatusApi(self)

    @property
    def traffic(self) -> "AsyncTrafficApi":
        """Traffic counters."""
        from .traffic import AsyncTrafficApi

        return AsyncTrafficApi(self)

    @property
    def interfaces(self) -> "AsyncInterfacesApi":
        """Network interfaces of the kernel's host."""
        from .interfaces import AsyncInterfacesApi

        return AsyncInterfacesApi(self)

    @property
    def rules(self) -> "AsyncRulesApi":
        """Lists of rules that the kernel loads from elsewhere."""
        from .rules import AsyncRulesApi

        return AsyncRulesApi(self)

    @property
    def tls(self) -> "AsyncTlsApi":
        """TLS settings of nodes."""
        from .tls import AsyncTlsApi

        return AsyncTlsApi(self)

    @property
    def audit(self) -> "AsyncAuditApi":
        """Who did what on the kernel."""
        from .audit import AsyncAuditApi

        return AsyncAuditApi(self)

    @property
    def security(self) -> "AsyncSecurityApi":
        """Limits on requests to this API."""
        from .security import AsyncSecurityApi

        return AsyncSecurityApi(self)

    @property
    def events(self) -> "AsyncEventsApi":
        """Callbacks by which the kernel tells of node events and service events."""
        from .events import AsyncEventsApi

        return AsyncEventsApi(self)

    @property
    def protocols(self) -> "AsyncProtocolsApi":
        """Protocol nodes: those that are configured, and those that register themselves and send heartbeats."""
        from .protocols import AsyncProtocolsApi

        return AsyncProtocolsApi(self)

    @property
    def users(self) -> "AsyncUsersApi":
        """The kernel's users."""
        from .users import AsyncUsersApi

        return AsyncUsersApi(self)

    @property
    def export(self) -> "AsyncExportApi":
        """Export of the kernel's configuration."""
        from .export import AsyncExportApi

        return AsyncExportApi(self)


__all__ = ["AsyncKernelApi", "KernelApi"]
