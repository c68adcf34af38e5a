"""Which requests a fault strikes; what it does to them is tested over sockets."""

import pytest
from starlette.types import Message

from znp_panel_sync.testing._faults import Exchange, Fault, Faults
from znp_panel_sync.testing._front import Front
from znp_panel_sync.testing._requests import ReceivedRequest, RequestLog

BEAT = ReceivedRequest("POST", "/v1/protocols/registrations/edge-1/heartbeat")
STATUS = ReceivedRequest("GET", "/v1/status")


def test_a_fault_strikes_by_path_and_method() -> None:
    faults = Faults()
    fault = faults.hang(path="*/heartbeat", method="POST")

    assert faults.striking(BEAT) == [fault]
    assert faults.striking(STATUS) == []
    assert faults.striking(ReceivedRequest("GET", BEAT.path)) == []
    assert fault.hits == 1


def test_a_fault_is_used_up_or_removed() -> None:
    faults = Faults()
    faults.drop(times=2)
    assert [len(faults.striking(STATUS)) for _ in range(3)] == [1, 1, 0]

    with faults.hang() as fault:
        assert faults.striking(STATUS) == [fault]
    assert faults.striking(STATUS) == []

    faults.hang()
    faults.clear()
    assert faults.striking(STATUS) == []


def test_all_delays_strike_and_the_newest_answer() -> None:
    faults = Faults()
    older, slow, newer, slower = faults.drop(), faults.slow(1), faults.answer(503, times=1), faults.slow(2)

    assert faults.striking(STATUS) == [slow, slower, newer]
    assert faults.striking(STATUS) == [slow, slower, older]
    assert (older.hits, newer.hits) == (1, 1)


async def receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def send_nothing(message: Message) -> None:
    raise AssertionError(message)


@pytest.mark.parametrize("trouble", [Faults.drop, Faults.garbage])
async def test_connections_of_other_servers_cannot_be_broken(trouble: object) -> None:
    fault = trouble(Faults())  # type: ignore[operator]
    assert isinstance(fault, Fault)

    with pytest.raises(RuntimeError, match="start"):
        await fault.effect(Exchange({"type": "http"}, receive_nothing, send_nothing))


async def test_a_request_that_never_became_complete_is_not_heard_of() -> None:
    log = RequestLog()
    messages: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"x", "more_body": True}]

    async def receive() -> Message:
        return messages.pop()

    await Front(send_nothing, Faults(), log)({"type": "http"}, receive, send_nothing)  # type: ignore[arg-type]

    assert log.total == 0


async def test_there_is_nothing_to_start() -> None:
    with pytest.raises(RuntimeError, match="nothing to start or stop"):
        await Front(send_nothing, Faults(), RequestLog())({"type": "lifespan"}, receive_nothing, send_nothing)  # type: ignore[arg-type]
