"""Helpers for testing panels and node agents, imported when they are first used."""

from typing import TYPE_CHECKING, Any, Final

from znp_panel_sync._extras import load

if TYPE_CHECKING:
    from znp_panel_sync.testing.fault_proxy import FaultProxy
    from znp_panel_sync.testing.simulator import KernelSimulator, simulator_app

__all__ = ["FaultProxy", "KernelSimulator", "simulator_app"]

_HOMES: Final = {
    "FaultProxy": "znp_panel_sync.testing.fault_proxy",
    "KernelSimulator": "znp_panel_sync.testing.simulator",
    "simulator_app": "znp_panel_sync.testing.simulator",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return load(_HOMES[name], name, extra="testing")
