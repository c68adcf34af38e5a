from typing import Any

import pytest

from tests.unit.events.support import NODE_EVENT, RECORD, USAGE_EVENT
from znp_panel_sync.events._fields import MAX_INTEGER, PayloadError
from znp_panel_sync.events.envelopes import Answer, Envelope, TrafficIncrement, seal
from znp_panel_sync.events.payloads import CallbackKind, Subject, UsageReport

NODES, TRAFFIC, SERVICE = CallbackKind.NODE_EVENT, CallbackKind.TRAFFIC, CallbackKind.SERVICE_EVENT


def sealed(kind: CallbackKind, document: dict[str, Any], *, source: str = "192.0.2.1", **options: Any) -> Envelope:
    return seal(kind, document, source=source, received_at_ms=5, **options)


def test_answers_are_those_of_the_reference_panel() -> None:
    other = {"event": "user.quota.changed", "payload": {}}
    assert sealed(NODES, NODE_EVENT).answer == Answer(200, {"status": "ignored"})
    assert sealed(NODES, NODE_EVENT, handled=True).answer == Answer(200, {"status": "accepted"})
    assert sealed(TRAFFIC, {"records": [RECORD, {}]}).answer == Answer(200, {"accepted": 1, "failed": 1})
    assert sealed(SERVICE, USAGE_EVENT).answer == Answer(200, {"status": "accepted", "accepted": 1})
    assert sealed(SERVICE, other).answer == Answer(200, {"status": "ignored"})
    assert sealed(SERVICE, other, handled=True).answer == Answer(200, {"status": "accepted", "accepted": 1})


def test_an_answer_has_its_body() -> None:
    assert Answer(200, {"accepted": 1}).body == b'{"accepted":1}'


def test_the_key_is_the_event_id_whatever_else_differs() -> None:
    first = sealed(SERVICE, {**USAGE_EVENT, "event_id": "a"})
    again = sealed(SERVICE, {**USAGE_EVENT, "event_id": "a", "occurred_at_ms": 9}, source="192.0.2.2")
    other = sealed(SERVICE, {**USAGE_EVENT, "event_id": "b"})
    assert first.key == again.key != other.key


def test_without_an_id_the_key_is_the_canonical_body_and_its_source() -> None:
    turned = dict(reversed(list(RECORD.items())))
    first = sealed(TRAFFIC, {"records": [RECORD]})
    assert sealed(TRAFFIC, {"records": [turned]}).key == first.key
    assert sealed(TRAFFIC, {"records": [RECORD]}, source="192.0.2.2").key != first.key
    assert sealed(TRAFFIC, {"records": [RECORD, RECORD]}).key != first.key


def test_an_id_is_never_the_key_of_a_body_or_of_another_kind() -> None:
    by_id = sealed(SERVICE, {"event": "x", "event_id": "a"})
    assert sealed(NODES, {"event": "x", "event_id": "a"}).key != by_id.key
    assert sealed(SERVICE, {"event": "x"}, source="a").key != by_id.key


def test_a_batch_is_added_up_by_subject_node_and_protocol_in_one_order() -> None:
    batch = [{**RECORD, "subscription_id": 9}, RECORD, {**RECORD, "node_id": None, "protocol": None}, RECORD]
    assert sealed(TRAFFIC, {"records": batch}).effects.increments == (
        TrafficIncrement(Subject("subscription", "2"), "", "", 1234, 5678),
        TrafficIncrement(Subject("subscription", "2"), "10", "vless", 2468, 11356),
        TrafficIncrement(Subject("subscription", "9"), "10", "vless", 1234, 5678),
    )


def test_a_sum_never_leaves_64_bits() -> None:
    huge = {**RECORD, "bytes_up": MAX_INTEGER, "bytes_down": MAX_INTEGER}
    (increment,) = sealed(TRAFFIC, {"records": [huge, huge]}).effects.increments
    assert (increment.bytes_up, increment.bytes_down) == (MAX_INTEGER, MAX_INTEGER)


def test_a_usage_report_sets_a_total() -> None:
    envelope = sealed(SERVICE, {**USAGE_EVENT, "occurred_at_ms": 3})
    assert envelope.effects.usage == UsageReport(Subject("user", "alice"), 2048)
    assert (envelope.occurred_at_ms, envelope.received_at_ms) == (3, 5)


@pytest.mark.parametrize(("said", "believed"), [(300_005, 300_005), (300_006, None), (None, None)])
def test_times_are_believed_that_clocks_may_be_apart(said: int | None, believed: int | None) -> None:
    assert sealed(SERVICE, {**USAGE_EVENT, "occurred_at_ms": said}).occurred_at_ms == believed


@pytest.mark.parametrize(
    ("kind", "document", "lane"),
    [
        (NODES, NODE_EVENT, "node:edge-hk-1-vless"),
        (NODES, {"event": "Node.Moved"}, "event:node_moved"),
        (TRAFFIC, {"records": [RECORD]}, "traffic:192.0.2.1"),
        (SERVICE, USAGE_EVENT, "user:alice"),
        (SERVICE, {"event": "user.banned", "payload": {"subscription_id": 4}}, "subscription:4"),
        (SERVICE, {"event": "user.banned", "payload": {"user_id": 1.5}}, "event:user_banned"),
        (SERVICE, {"event": "user.banned"}, "event:user_banned"),
    ],
)
def test_events_of_one_subject_share_a_lane(kind: CallbackKind, document: dict[str, Any], lane: str) -> None:
    assert sealed(kind, document).lane == lane


def test_only_handled_kinds_wait_for_a_handler() -> None:
    assert not sealed(NODES, NODE_EVENT).pending
    assert sealed(NODES, NODE_EVENT, handled=True).pending


def test_the_longest_ids_fit_their_lane() -> None:
    document = {"event": "x", "payload": {"subscription_id": "s" * 128}}
    assert len(sealed(SERVICE, document).lane) <= 192
    assert len(sealed(TRAFFIC, {"records": []}, source="s" * 128).lane) <= 192


def test_a_bad_event_id_is_refused() -> None:
    with pytest.raises(PayloadError, match="event_id"):
        sealed(TRAFFIC, {"records": [], "event_id": 1.5})
