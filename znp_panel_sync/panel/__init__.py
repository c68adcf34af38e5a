"""The panel's manual actions at its kernels, and the routes that offer them."""

from znp_panel_sync.panel.actions import AsyncPanelActions
from znp_panel_sync.panel.bindings import Binding, BindingUser
from znp_panel_sync.panel.blocking import PanelActions
from znp_panel_sync.panel.health import AsyncBindingHealthUpdater, BindingHealthUpdater
from znp_panel_sync.panel.results import (
    BindingNotFoundError,
    BindingPushResult,
    CallbackResult,
    ConfigurationNotFoundError,
    HealthSyncResult,
    NodeConfigurationResult,
    NodeNotFoundError,
    NodeNotReadyError,
    NodeStatusResult,
    PanelUsageError,
    RecoveryError,
)
from znp_panel_sync.panel.routes import PanelRoutes
from znp_panel_sync.panel.store import BindingStore

__all__ = [
    "AsyncBindingHealthUpdater",
    "AsyncPanelActions",
    "Binding",
    "BindingHealthUpdater",
    "BindingNotFoundError",
    "BindingPushResult",
    "BindingStore",
    "BindingUser",
    "CallbackResult",
    "ConfigurationNotFoundError",
    "HealthSyncResult",
    "NodeConfigurationResult",
    "NodeNotFoundError",
    "NodeNotReadyError",
    "NodeStatusResult",
    "PanelActions",
    "PanelRoutes",
    "PanelUsageError",
    "RecoveryError",
]
