"""Fixtures of the streams' tests."""

from collections.abc import Iterator

import pytest

from tests.functional.streams.support import simulators
from znp_panel_sync.testing import KernelSimulator


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    yield from simulators()
