from typing import Any

import pytest

from tests.unit.web.support import change, event, failing, listed, protocol, state
from znp_panel_sync.health import Health
from znp_panel_sync.polling import NodeStatus
from znp_panel_sync.web._board import Board
from znp_panel_sync.web._feed import Feed
from znp_panel_sync.web._view import MOST_ROWS, SHOWN_ROWS, Query, View


def some_nodes() -> Board:
    """A board with a node of each condition, called by it."""
    board = Board()
    board.take_nodes([listed("disabled", "http://warsaw", status=NodeStatus.DISABLED)])
    states = [
        state("online"),
        failing("offline"),
        state("degraded", protocols=(protocol("Edge", Health.DEGRADED),)),
        state("unhealthy", protocols=(protocol("edge", Health.UNHEALTHY),)),
        state("unknown", status=NodeStatus.UNKNOWN),
    ]
    board.take_states({one.node_id: one for one in states})
    return board


def names(news: dict[str, Any]) -> list[str]:
    return [row["name"] for row in news["rows"]]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["offline", "unhealthy", "degraded", "unknown", "online", "disabled"]),
        ({"status": "online"}, ["unhealthy", "degraded", "online"]),
        ({"status": "offline"}, ["offline"]),
        ({"status": "degraded"}, ["unhealthy", "degraded"]),
        ({"status": "unknown"}, ["unknown"]),
        ({"status": "disabled"}, ["disabled"]),
        ({"status": "nonsense", "q": " "}, ["offline", "unhealthy", "degraded", "unknown", "online", "disabled"]),
        ({"q": "LINE"}, ["offline", "online"]),
        ({"q": "edge vless"}, ["unhealthy", "degraded"]),
        ({"q": "edge", "status": "offline"}, []),
        ({"q": "warsaw"}, ["disabled"]),
        ({"q": "x" * 1000}, []),
        ({"limit": "2"}, ["offline", "unhealthy"]),
        ({"limit": "0"}, ["offline"]),
    ],
)
def test_a_viewer_sees_what_is_looked_for(parameters: dict[str, str], found: list[str]) -> None:
    news = View(some_nodes(), Feed(), Query.from_parameters(parameters)).news(holding=False)
    assert names(news) == found
    assert len(news["order"]) == len(found)
    assert news["found"] >= len(found)
    assert news["counts"] == {"all": 6, "online": 3, "offline": 1, "degraded": 2, "unknown": 1, "disabled": 1}


@pytest.mark.parametrize(
    ("given", "limit"),
    [("", SHOWN_ROWS), ("300", 300), ("99999", MOST_ROWS), ("-1", SHOWN_ROWS), ("9" * 5000, SHOWN_ROWS), ("²", 100)],
)
def test_the_limit_has_a_limit(given: str, limit: int) -> None:
    assert Query.from_parameters({"limit": given}).limit == limit


def test_only_what_is_new_is_sent() -> None:
    board, feed = some_nodes(), Feed()
    view = View(board, feed, Query())
    assert set(view.news(holding=False)) == {"order", "rows", "counts", "found", "holding"}
    assert view.news(holding=False) == {}

    states = [state("online", at=101.0), failing("offline")]
    board.take_nodes([])
    board.take_states({one.node_id: one for one in states})
    news = view.news(holding=False)
    assert (names(news), news["order"], news["found"]) == (["online"], ['"offline"', '"online"'], 2)

    assert view.news(holding=True) == {"holding": True}
    feed.add_transition(change(1), "tokyo")
    assert [entry["node"] for entry in view.news(holding=True)["feed"]] == ["tokyo"]
    feed.add_event(event(1))
    feed.set_letters([])
    news = view.news(holding=True)
    assert ([entry["kind"] for entry in news["feed"]], news["letters"]) == (["event"], [])
    assert view.news(holding=True) == {}


def test_a_row_that_comes_into_sight_is_sent_though_it_has_not_changed() -> None:
    board = Board()
    board.take_states({"a": failing("a"), "b": failing("b")})
    view = View(board, Feed(), Query(limit=1))
    assert names(view.news(holding=False)) == ["a"]
    board.take_states({"a": state("a", at=101.0), "b": failing("b")})
    assert names(view.news(holding=False)) == ["b"]
    board.take_states({"a": failing("a", at=102.0), "b": failing("b")})
    assert names(view.news(holding=False)) == ["a"]
