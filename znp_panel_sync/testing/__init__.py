"""Helpers for testing panels and node agents, imported when they are first used."""

from typing import TYPE_CHECKING, Final

from znp_panel_sync._lazy import loader

if TYPE_CHECKING:
    from znp_panel_sync.testing.fault_proxy import FaultProxy
    from znp_panel_sync.testing.simulator import KernelSimulator, simulator_app

__all__ = ["FaultProxy", "KernelSimulator", "simulator_app"]

_HOME: Final = {
    "FaultProxy": "fault_proxy",
    "KernelSimulator": "simulator",
    "simulator_app": "simulator",
}

__getattr__ = loader(__name__, _HOME, extra="testing")
