"""Events of kernels: subscribed once at each kernel, received once, and handed to the panel in order."""

from znp_panel_sync.events.dispatcher import AsyncEventDispatcher, EventDispatcher
from znp_panel_sync.events.envelopes import Answer, Envelope
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import (
    EventLedger,
    EventQueue,
    EventState,
    LedgerUnavailableError,
    NodeTraffic,
    StoredEvent,
    StoredRejectedRecord,
    TrafficTotal,
    Usage,
)
from znp_panel_sync.events.names import NODE_EVENTS, SERVICE_EVENTS, canonical_event, same_event
from znp_panel_sync.events.payloads import (
    CallbackKind,
    NodeEvent,
    RejectedRecord,
    ServiceEvent,
    Subject,
    TrafficRecord,
    TrafficReport,
    UsageReport,
)
from znp_panel_sync.events.periodic import AsyncPeriodic, Periodic
from znp_panel_sync.events.receiver import CallbackReceiver
from znp_panel_sync.events.reconciliation import (
    TrafficGap,
    TrafficReconciliation,
    reconcile_traffic,
    reconcile_traffic_async,
)
from znp_panel_sync.events.registrations import Registration, SubscriptionPlan, WantedCallback
from znp_panel_sync.events.subscriptions import AsyncEventSubscriptions, EventSubscriptions, SubscriptionReport

__all__ = [
    "NODE_EVENTS",
    "SERVICE_EVENTS",
    "Answer",
    "AsyncEventDispatcher",
    "AsyncEventSubscriptions",
    "AsyncPeriodic",
    "CallbackKind",
    "CallbackReceiver",
    "Envelope",
    "EventDispatcher",
    "EventHandlers",
    "EventLedger",
    "EventQueue",
    "EventState",
    "EventSubscriptions",
    "LedgerUnavailableError",
    "NodeEvent",
    "NodeTraffic",
    "Periodic",
    "Registration",
    "RejectedRecord",
    "ServiceEvent",
    "StoredEvent",
    "StoredRejectedRecord",
    "Subject",
    "SubscriptionPlan",
    "SubscriptionReport",
    "TrafficGap",
    "TrafficReconciliation",
    "TrafficRecord",
    "TrafficReport",
    "TrafficTotal",
    "Usage",
    "UsageReport",
    "WantedCallback",
    "canonical_event",
    "reconcile_traffic",
    "reconcile_traffic_async",
    "same_event",
]
