"""Whatever a kernel sends comes back out as it came."""

import copy
import json
import pickle
from typing import Any

import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.client.documents import ENUMS, OBJECTS, document_of
from znp_kernel_client import models
from znp_kernel_client.errors import DecodeError
from znp_kernel_client.models import (
    DegradedStatus,
    HealthFailureCount,
    HealthyStatus,
    NodeHealthState,
    NodeRole,
    NodeStatus,
    RatePatch,
    RejectAction,
    RuleStatus,
    RuntimeStatusSnapshot,
    SelectNodeAction,
    SelectStrategyAction,
    StatusResponse,
    UnhealthyStatus,
    User,
)
from znp_kernel_client.types import UNSET


@pytest.mark.parametrize("name", OBJECTS)
@settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_documents_of_every_schema_round_trip(name: str, data: st.DataObject) -> None:
    document = data.draw(document_of(name))
    model = getattr(models, name).from_dict(document)
    assert json.dumps(model.to_dict(), sort_keys=True) == json.dumps(document, sort_keys=True)
    assert copy.deepcopy(model) == model
    assert pickle.loads(pickle.dumps(model)) == model


@pytest.mark.parametrize("name", ENUMS)
@settings(max_examples=20, deadline=None, database=None)
@given(value=st.text(max_size=8))
def test_enumerations_keep_values_they_do_not_know(name: str, value: str) -> None:
    member = getattr(models, name)(value)
    assert member == value
    assert hash(member) == hash(value)
    assert json.dumps(member) == json.dumps(value)
    assert pickle.loads(pickle.dumps(member)) == copy.deepcopy(member) == value


def test_an_unknown_value_is_not_remembered_as_a_member() -> None:
    assert NodeRole("relay") == "relay"
    assert [member.value for member in NodeRole] == ["listener", "connector"]


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        ("Healthy", HealthyStatus.HEALTHY),
        (
            {"Degraded": {"consecutive_failures": 2}},
            DegradedStatus(degraded=HealthFailureCount(consecutive_failures=2)),
        ),
        (
            {"Unhealthy": {"consecutive_failures": 5}},
            UnhealthyStatus(unhealthy=HealthFailureCount(consecutive_failures=5)),
        ),
    ],
)
def test_health_has_three_forms(wire: Any, status: object) -> None:
    state = NodeHealthState.from_dict({"status": wire})
    assert state.status == status
    assert type(state.status) is type(status)
    assert state.to_dict() == {"status": wire}


@pytest.mark.parametrize(
    "wire",
    [
        "Sleeping",
        {"Dead": {}},
        {},
        {"Degraded": {"consecutive_failures": 1}, "Unhealthy": {"consecutive_failures": 1}},
        {"Degraded": {}},
        {"Degraded": 3},
        [],
        7,
    ],
)
def test_other_forms_of_health_are_kept_raw(wire: Any) -> None:
    state = NodeHealthState.from_dict({"status": wire})
    assert state.status == wire
    assert type(state.status) is type(wire)
    assert state.to_dict() == {"status": wire}


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        ({"type": "select_node", "target": "a", "interface": None}, SelectNodeAction),
        ({"type": "select_strategy", "strategy": "s"}, SelectStrategyAction),
        ({"type": "select_strategy", "strategy": "s", "target": "a"}, SelectStrategyAction),
        ({"type": "reject", "why": "new"}, RejectAction),
        ({"type": "mirror", "target": "a"}, dict),
        ({"type": "select_node"}, dict),
    ],
)
def test_actions_are_told_apart_by_their_type(wire: dict[str, Any], kind: type) -> None:
    rule = RuleStatus.from_dict({"action": wire})
    assert type(rule.action) is kind
    assert rule.to_dict() == {"action": wire}


def test_null_for_something_optional_reads_as_absent_and_goes_back_out_as_null() -> None:
    node = NodeStatus.from_dict({"tags": None, "health": None, "description": None})
    assert node.tags is UNSET
    assert node.health is UNSET
    assert node.description is None
    assert node.to_dict() == {"tags": None, "health": None, "description": None}


def test_a_value_that_is_set_later_replaces_the_null() -> None:
    node = NodeStatus.from_dict({"tags": None})
    node.tags = ["edge"]
    assert node.to_dict() == {"tags": ["edge"]}


def test_null_and_absent_are_told_apart_on_the_way_out() -> None:
    assert RatePatch(up=None).to_dict() == {"up": None}
    assert RatePatch().to_dict() == {}


def test_a_scalar_of_another_type_is_kept() -> None:
    document = {"id": 5, "role": 7}
    assert NodeStatus.from_dict(document).to_dict() == document


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ([], "", "expected an object for StatusResponse, got a list"),
        ({}, "", "StatusResponse needs 'snapshot', which is missing or null"),
        ({"snapshot": None}, "", "StatusResponse needs 'snapshot', which is missing or null"),
        ({"snapshot": True}, "snapshot", "expected an object for RuntimeStatusSnapshot, got a boolean"),
        ({"snapshot": {"nodes": {}}}, "snapshot.nodes", "expected a list, got an object"),
        ({"snapshot": {"nodes": [{}, 3]}}, "snapshot.nodes[1]", "expected an object for NodeStatus, got a number"),
        (
            {"snapshot": {"nodes": [{"health": "x"}]}},
            "snapshot.nodes[0].health",
            "expected an object for NodeHealthState, got a string",
        ),
        (
            {"snapshot": {"socks": {"hop_metrics": {"a": []}}}},
            "snapshot.socks.hop_metrics.a",
            "expected an object for HopMetricsSnapshot, got a list",
        ),
        ({"snapshot": {"quic": {"alpn": []}}}, "snapshot.quic.alpn", "expected an object, got a list"),
    ],
)
def test_an_error_leads_to_the_value_that_is_wrong(document: Any, path: str, problem: str) -> None:
    with pytest.raises(DecodeError) as caught:
        StatusResponse.from_dict(document)
    assert (caught.value.path, caught.value.problem) == (path, problem)


def test_secrets_and_free_form_values_stay_out_of_repr() -> None:
    user = User.from_dict(
        {"id": "1", "username": "u", "password": "hunter2", "metadata": {"pin": "hunter2"}, "token": "hunter2"}
    )
    assert "hunter2" not in repr(user)
    assert "hunter2" not in str(
        models.EventRegistrationRequest(
            event=models.EventRegistrationRequestEvent.NODE_ADDED, callback="http://p", secret="hunter2"
        )
    )
    assert "hunter2" not in repr(models.TlsNodePatchRequest(tls={"private_key": "hunter2"}))


def test_models_can_be_named_and_listed() -> None:
    assert set(OBJECTS) <= set(dir(models))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = models.Nothing


@define(kw_only=True)
class LocatedNode(NodeStatus):
    """What a panel may make of a model."""

    city: str = "Hong Kong"


def test_subclasses_keep_the_defaults_of_their_own_fields() -> None:
    node = LocatedNode.from_dict({"id": "edge-1", "new": 1})
    assert (node.city, node.id, node.role) == ("Hong Kong", "edge-1", UNSET)
    assert node.to_dict() == {"id": "edge-1", "new": 1}


def test_reading_a_document_leaves_it_as_it_was() -> None:
    document = {
        "nodes": [{"id": "a", "health": {"status": {"Degraded": {"consecutive_failures": 2}}}, "new": {"b": []}}]
    }
    before = copy.deepcopy(document)
    snapshot = RuntimeStatusSnapshot.from_dict(document)
    assert document == before == snapshot.to_dict()
