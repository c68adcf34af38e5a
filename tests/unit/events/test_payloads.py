import json
from typing import Any

import pytest

from tests.unit.events.support import NODE_EVENT, RECORD, USAGE_EVENT
from znp_panel_sync.events._asgi import MAX_BODY_BYTES
from znp_panel_sync.events._fields import MAX_INTEGER, PayloadError
from znp_panel_sync.events.payloads import (
    MAX_RECORDS,
    CallbackKind,
    NodeEvent,
    ServiceEvent,
    Subject,
    TrafficRecord,
    TrafficReport,
    UsageReport,
    guess_kind,
    read_payload,
)


def record(**changes: Any) -> TrafficRecord:
    return TrafficRecord.from_document({**RECORD, **changes})


def problem(kind: CallbackKind, document: dict[str, Any]) -> str:
    with pytest.raises(PayloadError) as caught:
        read_payload(kind, document)
    return caught.value.field


def test_a_node_event_is_read_flat() -> None:
    event = NodeEvent.from_document(NODE_EVENT)
    assert event == NodeEvent(
        "node_healthy", "edge-hk-1-vless", status="healthy", message="ok", observed_at=9, document=NODE_EVENT
    )
    assert event.known


def test_a_node_event_is_read_as_the_stream_frames_it() -> None:
    event = NodeEvent.from_document(
        {"event": "node.degraded", "event_id": "1", "payload": {"event": "node_degraded", "node_id": "edge-1"}}
    )
    assert (event.event, event.name, event.node_id) == ("node.degraded", "node_degraded", "edge-1")


def test_the_id_goes_before_the_node_id_and_may_be_a_number() -> None:
    assert NodeEvent.from_document({"event": "node_added", "id": 7, "node_id": "other"}).node_id == "7"
    assert NodeEvent.from_document({"event": "node_added", "id": 0, "node_id": "other"}).node_id == "other"


def test_unknown_node_events_are_read_as_they_are() -> None:
    event = NodeEvent.from_document({"event": "Node.Moved", "to": "hk"})
    assert (event.event, event.name, event.node_id, event.known) == ("Node.Moved", "node_moved", None, False)
    assert event.document["to"] == "hk"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "event"),
        ({"event": " "}, "event"),
        ({"event": 5}, "event"),
        ({"event": "x" * 65}, "event"),
        ({"event": "a\0b"}, "event"),
        ({"event": "node_added"}, "id"),
        ({"event": "node_added", "id": 1.5}, "id"),
        ({"event": "node_added", "id": True}, "id"),
        ({"event": "node_added", "id": -1}, "id"),
        ({"event": "node_added", "id": [1]}, "id"),
        ({"event": "node_added", "id": "x" * 129}, "id"),
        ({"event": "node_added", "id": "a\nb"}, "id"),
        ({"event": "node_added", "id": "a", "message": "x" * 4097}, "message"),
        ({"event": "node_added", "id": "a", "status": {}}, "status"),
        ({"event": "node_added", "id": "a", "observed_at": "soon"}, "observed_at"),
        ({"event": "node_added", "id": "a", "payload": []}, "payload"),
    ],
)
def test_node_events_of_another_shape_are_refused_by_field(document: dict[str, Any], field: str) -> None:
    assert problem(CallbackKind.NODE_EVENT, document) == field


def test_a_traffic_record_is_read() -> None:
    assert record() == TrafficRecord(Subject("subscription", "2"), 1234, 5678, "10", "vless", "3", 1734001010)


def test_the_subscription_goes_before_the_user() -> None:
    assert record().subject == Subject("subscription", "2")
    assert record(subscription_id=None).subject == Subject("user", "1")
    assert record(subscription_id=0, user_id="alice").subject == Subject("user", "alice")
    assert record(subscription_id=" 00 ").subject == Subject("subscription", "00")


def test_numbers_and_their_digits_are_one_subject() -> None:
    assert record(subscription_id="2").subject == record(subscription_id=2).subject


def test_an_absent_byte_count_is_zero() -> None:
    assert record(bytes_up=None).bytes_up == 0
    assert record(bytes_down=None).bytes_down == 0
    assert record(bytes_up=MAX_INTEGER).bytes_up == MAX_INTEGER


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subscription_id": None, "user_id": None}, "subscription_id"),
        ({"subscription_id": 2.0}, "subscription_id"),
        ({"bytes_up": -1}, "bytes_up"),
        ({"bytes_up": 2**63}, "bytes_up"),
        ({"bytes_up": 1e3}, "bytes_up"),
        ({"bytes_down": "5"}, "bytes_down"),
        ({"bytes_down": True}, "bytes_down"),
        ({"bytes_up": None, "bytes_down": None}, "bytes_up"),
        ({"node_id": {}}, "node_id"),
        ({"protocol": 4}, "protocol"),
        ({"binding_id": False}, "binding_id"),
        ({"observed_at": 0.5}, "observed_at"),
    ],
)
def test_a_bad_record_fails_alone_and_is_kept_with_its_reason(changes: dict[str, Any], field: str) -> None:
    report = TrafficReport.from_document({"records": [RECORD, {**RECORD, **changes}, RECORD]})
    assert len(report.records) == 2
    (rejected,) = report.rejected
    assert rejected.position == 1
    assert rejected.reason.startswith(f"{field}: ")
    assert '"bytes_up":' in rejected.record


@pytest.mark.parametrize("item", [None, 5, "x", []])
def test_a_record_that_is_no_object_fails_alone(item: object) -> None:
    report = TrafficReport.from_document({"records": [item]})
    assert [(one.position, one.reason) for one in report.rejected] == [(0, "record: must be an object")]


def test_a_long_bad_record_is_kept_in_part() -> None:
    report = TrafficReport.from_document({"records": [{"note": "x" * 10_000}]})
    assert len(report.rejected[0].record) == 2000


def test_an_empty_batch_is_fine() -> None:
    assert TrafficReport.from_document({"records": []}) == TrafficReport(())


def test_no_batch_of_good_records_that_a_body_holds_is_too_long() -> None:
    records = [{"user_id": 1, "bytes_up": 1}] * MAX_RECORDS
    assert len(json.dumps({"records": records}, separators=(",", ":"))) > MAX_BODY_BYTES
    assert len(TrafficReport.from_document({"records": records}).records) == MAX_RECORDS


def test_a_name_that_is_too_long_in_lower_case_is_refused() -> None:
    assert problem(CallbackKind.NODE_EVENT, {"event": "\u0130" * 33, "id": "a"}) == "event"


@pytest.mark.parametrize("records", [None, {}, "x", [{}] * (MAX_RECORDS + 1)])
def test_batches_of_another_shape_are_refused(records: object) -> None:
    assert problem(CallbackKind.TRAFFIC, {"records": records}) == "records"


@pytest.mark.parametrize(
    ("payload", "used"),
    [
        ({"current": {"used": 3}, "traffic": {"used": 2}, "used": 1}, 3),
        ({"current": {}, "traffic": {"used": 2}, "used": 1}, 2),
        ({"current": None, "used": 1}, 1),
        ({"used": -5}, 0),
        ({"used": MAX_INTEGER}, MAX_INTEGER),
    ],
)
def test_the_used_bytes_are_found_where_they_are(payload: dict[str, Any], used: int) -> None:
    assert UsageReport.from_document({"user_id": 1, **payload}) == UsageReport(Subject("user", "1"), used)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (None, "payload.subscription_id"),
        ([], "payload"),
        ({"used": 1}, "payload.subscription_id"),
        ({"user_id": 1}, "used"),
        ({"user_id": 1, "current": 5}, "current"),
        ({"user_id": 1, "used": 1.0}, "used"),
        ({"user_id": 1, "used": True}, "used"),
        ({"user_id": 1, "used": 2**63}, "used"),
    ],
)
def test_a_usage_report_of_another_shape_is_refused(payload: object, field: str) -> None:
    assert problem(CallbackKind.SERVICE_EVENT, {"event": "user_traffic_reported", "payload": payload}) == field


def test_a_service_event_is_read() -> None:
    event = ServiceEvent.from_document({**USAGE_EVENT, "event_id": 5, "occurred_at_ms": 7, "records": [1]})
    assert (event.name, event.event_id, event.occurred_at_ms, event.records) == ("user_traffic_reported", "5", 7, (1,))
    assert event.usage == UsageReport(Subject("user", "alice"), 2048)


def test_unknown_service_events_are_read_as_they_are() -> None:
    event = ServiceEvent.from_document({"event": "user.banned", "payload": {"why": "?"}})
    assert (event.name, event.usage, event.payload) == ("user_banned", None, {"why": "?"})


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"records": []}, CallbackKind.TRAFFIC),
        ({}, CallbackKind.TRAFFIC),
        ({"event": "node.added"}, CallbackKind.NODE_EVENT),
        ({"event": "node.moved", "node_id": 1}, CallbackKind.NODE_EVENT),
        ({"event": "user.banned", "id": 1, "payload": {}}, CallbackKind.SERVICE_EVENT),
        ({"event": 5}, CallbackKind.SERVICE_EVENT),
    ],
)
def test_the_kind_is_told_by_the_document(document: dict[str, Any], kind: CallbackKind) -> None:
    assert guess_kind(document) is kind
