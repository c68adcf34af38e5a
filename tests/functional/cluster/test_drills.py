"""Three replicas as processes over a thousand nodes, a real engine and a real PostgreSQL, and what happens to them."""

import pytest

from tests.functional.cluster.drills import table
from tests.functional.cluster.plays import FEW, play
from tests.functional.cluster.scene import SMALL
from tests.functional.cluster.servers import missing_engines
from tests.functional.servers import PostgresServer


@pytest.mark.timeout(300)
def test_each_node_has_one_owner_soon_after_whatever_happens(postgres_server: PostgresServer) -> None:
    missing = missing_engines()
    results = play([one for one in FEW if one.engine not in missing], SMALL, postgres_server)
    outcomes = [outcome for result in results for outcome in result.outcomes]
    print(table(outcomes))  # noqa: T201 - the figures themselves are of interest, and pytest keeps them
    assert [outcome for outcome in outcomes if not outcome.kept] == []
    farewells = [farewell for result in results for farewell in result.farewells]
    assert sum(farewell.late for farewell in farewells) == sum(farewell.refused for farewell in farewells) > 0
    assert all(farewell.counters["answers"] > 0 for farewell in farewells)
    assert sum(farewell.counters["moves"] for farewell in farewells) > 0
    assert sum(farewell.counters["engine_failures"] for farewell in farewells) > 0
    if missing:
        pytest.skip(f"not installed, so that their drills were left out: {', '.join(missing)}")
