import pytest

from tests.unit.testing.support import ManualClock
from znp_panel_sync.testing._kernel.state import KernelState


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kernel(clock: ManualClock) -> KernelState:
    return KernelState(clock)
