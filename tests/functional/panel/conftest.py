"""A panel's records, and simulated kernels."""

from collections.abc import Iterator

import pytest

from tests.functional.panel.support import Panel
from tests.functional.servers import postgres_server, postgres_url
from znp_panel_sync.testing import KernelSimulator

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator(access_key="ak", secret_key="sk") as running:
        yield running


@pytest.fixture
def panel(simulator: KernelSimulator) -> Panel:
    """A panel with node 1 at the simulator, with one binding."""
    panel = Panel()
    panel.add_node(1, simulator)
    panel.add_binding(11, 1, "edge-1")
    return panel
