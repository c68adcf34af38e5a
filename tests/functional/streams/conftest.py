"""Fixtures of the streams' tests."""

from collections.abc import Iterator

import pytest

from tests.functional.streams.support import simulators
from znp_panel_sync.testing import FaultProxy, KernelSimulator


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    yield from simulators()


@pytest.fixture
def proxy(simulator: KernelSimulator) -> Iterator[FaultProxy]:
    """A way to the simulated kernel that can be spoilt."""
    with FaultProxy(simulator.url) as proxy:
        yield proxy
