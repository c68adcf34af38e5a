"""A kernel that wants credentials, and a file with them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.functional.cli.support import CANARY_KEY, CANARY_SECRET, PATIENCE_SECONDS
from znp_panel_sync.testing import KernelSimulator


@pytest.fixture
def kernel() -> Iterator[KernelSimulator]:
    """A kernel that lets everybody in, with two nodes and a user."""
    with KernelSimulator() as simulator:
        furnish(simulator)
        yield simulator


@pytest.fixture
def locked() -> Iterator[KernelSimulator]:
    """The same, but it wants credentials."""
    with KernelSimulator(access_key=CANARY_KEY, secret_key=CANARY_SECRET) as simulator:
        furnish(simulator)
        yield simulator


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A file that holds the right credentials."""
    path = tmp_path / "credentials.yaml"
    path.write_text(f"access_key: {CANARY_KEY}\nsecret_key: {CANARY_SECRET}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def furnish(simulator: KernelSimulator) -> None:
    """Put something in that can be looked at."""
    simulator.add_node("edge-1", protocol="vless")
    simulator.add_node("edge-2", protocol="ss", role="connector", users=("7",))
    simulator.add_user("7", username="小明", allocated=5_000_000)
    simulator.add_traffic("edge-1", bytes_up=1_500_000, bytes_down=2_000)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition, with a bound."""

    def wait(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait
