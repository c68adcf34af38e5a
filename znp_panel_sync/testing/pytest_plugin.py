"""Fixtures for tests of panels and node agents; nothing else is imported before a test asks for one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from znp_panel_sync.testing import KernelSimulator


@pytest.fixture
def kernel_simulator_factory() -> "Iterator[Callable[..., KernelSimulator]]":
    """Make started simulators with the arguments of `KernelSimulator`; all of them are stopped after the test."""
    from znp_panel_sync.testing import KernelSimulator

    with ExitStack() as running:
        yield lambda **options: running.enter_context(KernelSimulator(**options))


@pytest.fixture
def kernel_simulator(kernel_simulator_factory: "Callable[..., KernelSimulator]") -> "KernelSimulator":
    """Start a kernel that lets everybody in."""
    return kernel_simulator_factory()
