import pytest

from znp_panel_sync.events.names import NODE_EVENTS, SERVICE_EVENTS, canonical_event, same_event


@pytest.mark.parametrize("spelling", ["node.degraded", "node_degraded", "NODE-Degraded", " node.degraded\n"])
def test_all_spellings_of_a_name_are_one(spelling: str) -> None:
    assert canonical_event(spelling) == "node_degraded"
    assert same_event(spelling, "node.degraded")


def test_other_events_differ() -> None:
    assert not same_event("node.degraded", "node.healthy")


def test_names_to_register_are_those_of_the_contract() -> None:
    assert NODE_EVENTS == ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")
    assert SERVICE_EVENTS == ("user.quota.changed", "user.traffic.reported")
