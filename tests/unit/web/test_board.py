import logging
from typing import Any

import pytest

from tests.unit.web.support import change, failing, listed, protocol, state
from znp_panel_sync.health import Health
from znp_panel_sync.polling import NodeId, NodeState, NodeStatus
from znp_panel_sync.web._board import HISTORY, Board


def take(board: Board, *states: NodeState) -> bool:
    return board.take_states({one.node_id: one for one in states})


def board_of(*states: NodeState, **options: Any) -> Board:
    board = Board(**options)
    take(board, *states)
    return board


def document(board: Board, place: int = 0) -> Any:
    return board.rows[place].document


def test_a_row_tells_what_is_known_of_a_node() -> None:
    board = Board(name_of=lambda _: "tokyo")
    board.take_nodes([listed(7)])
    board.take_transition(change(7, NodeStatus.ONLINE, at=90.0))
    assert take(board, state(7, protocols=(protocol("edge-1", Health.HEALTHY),)))
    assert document(board) == {
        "key": "7",
        "name": "tokyo",
        "endpoint": "http://kernel:23860",
        "status": "online",
        "condition": "online",
        "reason": "reached",
        "problem": None,
        "held": False,
        "latency": 12,
        "streamed": False,
        "polled_at": 100.0,
        "protocols": [["edge-1", "vless", "healthy"]],
        "transition": {"at": 90.0, "previous": "offline", "status": "online", "reason": "reached"},
        "history": [12],
    }
    assert board.rows[0].searched == "tokyo\nhttp://kernel:23860\nedge-1 vless"


def test_a_number_and_a_text_are_two_nodes() -> None:
    assert {row.key for row in board_of(state(7), state("7")).rows} == {"7", '"7"'}


def test_nothing_is_new_without_a_new_poll() -> None:
    board = board_of(state(1), state(2))
    version = board.version
    assert not take(board, state(1, next_poll_at=130.0), state(2, next_poll_at=131.0))
    assert board.version == version
    assert take(board, state(1), state(2, at=101.0))
    assert [row.version > version for row in board.rows] == [False, True]


@pytest.mark.parametrize(
    "other",
    [failing(1, at=100.0), state(1, held=True), state(1, status=NodeStatus.UNKNOWN)],
    ids=["status", "held", "unknown"],
)
def test_another_status_is_new_without_a_new_poll(other: NodeState) -> None:
    board = board_of(state(1))
    assert take(board, other)
    assert document(board)["status"] == other.status.value
    assert document(board)["history"] == [12], "no poll is counted twice"


def test_a_transition_is_new_and_shown_once() -> None:
    board = board_of(failing(1))
    board.take_transition(change(1))
    assert take(board, failing(1))
    assert document(board)["transition"]["status"] == "offline"
    assert not take(board, failing(1))
    board.take_transition(change(1, NodeStatus.ONLINE, at=101.0))
    assert take(board, failing(1))


def test_the_worst_come_first_and_names_are_ordered_as_people_order_them() -> None:
    board = board_of(
        state("node 10"),
        state("node 9"),
        state("Node 1"),
        state("b", protocols=(protocol("x", Health.HEALTHY), protocol("y", Health.DEGRADED))),
        state("c", protocols=(protocol("x", Health.DEGRADED), protocol("y", Health.UNHEALTHY))),
        failing("z"),
        state("a", status=NodeStatus.UNKNOWN, reason=None, polled_at=None, latency=None),
        state("d", protocols=(protocol("x", Health.UNKNOWN),)),
    )
    assert [(row.document["name"], row.condition) for row in board.rows] == [
        ("z", "offline"),
        ("c", "unhealthy"),
        ("b", "degraded"),
        ("a", "unknown"),
        ("d", "online"),
        ("Node 1", "online"),
        ("node 9", "online"),
        ("node 10", "online"),
    ]


def test_the_history_holds_the_last_polls_and_gaps_for_those_that_failed() -> None:
    board = Board()
    for second in range(HISTORY + 5):
        take(board, state(1, at=second, latency=0.0001) if second % 2 else failing(1, at=second))
    assert document(board)["history"] == [1, None] * (HISTORY // 2)


def test_a_node_that_was_not_reached_has_no_latency() -> None:
    assert document(board_of(failing(1)))["latency"] is None
    assert document(board_of(state(1, latency=None)))["latency"] is None


def test_a_node_whose_stream_is_followed_has_no_latency() -> None:
    board = board_of(state(1))
    assert take(board, state(1, watched=True))
    assert take(board, state(1, at=101.0, watched=True))
    shown = document(board)
    assert (shown["streamed"], shown["latency"], shown["history"]) == (True, None, [12])


def test_nodes_of_the_store_are_shown_though_they_are_not_polled() -> None:
    board = Board()
    board.take_nodes([listed(1, status=NodeStatus.DISABLED), listed(2, None, problem="control_endpoint: is missing")])
    assert take(board)
    unknown, disabled = board.rows
    assert (unknown.condition, unknown.document["problem"]) == ("unknown", "control_endpoint: is missing")
    assert unknown.document["endpoint"] is None
    assert (disabled.condition, disabled.document["history"]) == ("disabled", [])
    assert take(board, state(1)), "the node is polled from now on"
    assert {row.condition for row in board.rows} == {"online", "unknown"}
    assert take(board), "and then it is not any more"
    assert {row.condition for row in board.rows} == {"disabled", "unknown"}


def test_nodes_that_are_gone_are_forgotten() -> None:
    board = board_of(state(1), state(2))
    assert take(board, state(2))
    assert [row.key for row in board.rows] == ["2"]
    board.take_transition(change(3))
    assert take(board, state(2)), "a transition of a node that has gone since is let go"
    assert [row.key for row in board.rows] == ["2"]
    assert take(board, state(1, at=200.0), state(2))
    assert document(board)["history"] == [12], "a node that comes again begins anew"


@pytest.mark.parametrize(("node_id", "name"), [(7, "tokyo"), (8, "8")])
def test_names_are_told(node_id: NodeId, name: str) -> None:
    assert Board(lambda one: {7: "tokyo"}.get(int(one), str(one))).name(node_id) == name


def test_a_node_that_the_panel_has_no_name_for_is_shown_by_its_id(caplog: pytest.LogCaptureFixture) -> None:
    names: dict[NodeId, str] = {1: "tokyo"}
    board = Board(name_of=names.__getitem__)
    with caplog.at_level(logging.WARNING, "znp_panel_sync.web"):
        assert take(board, state(1), state(2), state(3))
    assert [row.document["name"] for row in board.rows] == ["2", "3", "tokyo"]
    assert caplog.messages == ["Nodes without a name are shown by their ids: name_of raised KeyError"], "once"
