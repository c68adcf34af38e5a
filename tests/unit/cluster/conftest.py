"""Real engines, started when a test needs them."""

from collections.abc import Iterator

import pytest

from tests.functional.cluster.servers import EngineServer, missing_engines, running_engine


@pytest.fixture(scope="module", params=["redis", "etcd"])
def engine(request: pytest.FixtureRequest) -> Iterator[EngineServer]:
    """A server of each engine."""
    if request.param in missing_engines():
        pytest.skip(f"{request.param} is not installed")
    with running_engine(request.param) as server:
        yield server
