"""Nodes as panels keep them, statuses, options."""

import resource
import sys
from decimal import Decimal
from typing import Any

import pytest

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import Node, NodeStatus, PollerOptions, Reason, StatusChange, read_status
from znp_panel_sync.polling.options import descriptor_limit


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("online", "online"),
        (" Offline ", "offline"),
        ("DISABLED", "disabled"),
        ("", "unknown"),
        (None, "unknown"),
        ("x", "unknown"),
        (3, "unknown"),
    ],
)
def test_statuses_are_read_in_any_case(value: object, status: str) -> None:
    assert read_status(value) == NodeStatus(status)


def test_a_record_of_the_panel_becomes_a_node() -> None:
    record = {"id": 7, "control_endpoint": "https://k/v1", "ak": "a", "sk": "s", "status": "Online", "other": 1}
    assert Node.from_mapping(record) == Node(7, NodeControl("https://k/v1", access_key="a", secret_key="s"), "online")


@pytest.mark.parametrize(("endpoint", "problem"), [(None, "missing"), ("", "missing"), ("ftp://k", "http")])
def test_a_record_without_a_usable_endpoint_becomes_a_node_without_control(endpoint: object, problem: str) -> None:
    node = Node.from_mapping({"id": 7, "control_endpoint": endpoint, "status": "offline"})
    assert node.control is None
    assert node.watched_control is None
    assert node.problem is not None
    assert "control_endpoint" in node.problem
    assert problem in node.problem


@pytest.mark.parametrize(
    ("flag", "enabled"),
    [
        (None, True),
        (True, True),
        (1, True),
        ("true", True),
        ("1", True),
        (False, False),
        (0, False),
        ("No", False),
        ("0", False),
    ],
)
def test_the_flag_is_read_as_databases_give_it(flag: object, enabled: bool) -> None:
    assert Node.from_mapping({"id": 1, "status_sync_enabled": flag}).status_sync_enabled is enabled


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, None), ("", None), (0, None), (-5, None), ("0s", None), (7.5, 7.5), (Decimal("7.5"), 7.5), ("1m", 60.0),
        (0.01, 0.01),
    ],
)  # fmt: skip
def test_a_nodes_own_interval_is_read_in_every_form(given: Any, used: float | None) -> None:
    assert Node(1, None, interval=given).interval == used


@pytest.mark.parametrize("given", [float("inf"), float("nan"), 1e-8, "30", True, b"30s", [30]])
def test_an_interval_that_cannot_be_kept_is_refused_and_costs_a_record_nothing_else(given: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Node(1, None, interval=given)
    assert caught.value.field == "interval"
    node = Node.from_mapping({"id": 1, "control_endpoint": "http://k", "interval": given})
    assert (node.control, node.interval, node.problem) == (NodeControl("http://k"), None, str(caught.value))


@pytest.mark.parametrize(
    ("previous", "status", "recovered"),
    [
        ("offline", "online", True),
        ("unknown", "online", True),
        ("disabled", "online", False),
        ("online", "offline", False),
    ],
)
def test_who_was_neither_online_nor_disabled_recovers(previous: str, status: str, recovered: bool) -> None:
    change = StatusChange(1, NodeStatus(previous), NodeStatus(status), Reason.REACHED, 0.0, 0.0)
    assert change.recovered is recovered


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("failure_threshold", 0),
        ("success_threshold", True),
        ("success_threshold", 1.5),
        ("max_in_flight", 0),
        ("store_timeout", float("nan")),
        ("refresh_interval", 0),
        ("probes_per_second", "15"),
        ("kept_connections", -1),
    ],
)
def test_options_that_mean_nothing_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PollerOptions(**{name: value})
    assert caught.value.field == name


@pytest.mark.parametrize(("limit", "expected"), [(1024, (448, 448)), (100_000, (2048, 97_824)), (64, (1, 1))])
def test_requests_and_connections_stay_within_the_descriptors(
    monkeypatch: pytest.MonkeyPatch, limit: int, expected: tuple[int, int]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert PollerOptions().within_descriptors() == expected
    assert PollerOptions(kept_connections=5).within_descriptors() == (expected[0], 5)


def test_no_limit_of_descriptors_and_no_such_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert descriptor_limit() == 1 << 20
    monkeypatch.setitem(sys.modules, "resource", None)
    assert descriptor_limit() == 512
