"""The receiver with bodies that are read only when address and token are right."""

from io import BytesIO

from tests.unit.events.support import HEADERS, RECORD, RememberingLedger, encoded, receiver

TRAFFIC = encoded({"records": [RECORD]})
PEER = "192.0.2.1"


def refuse_to_be_read(_: int) -> bytes:
    raise AssertionError("the body was read")


def test_the_body_is_not_read_before_everything_else_is_right() -> None:
    open_receiver = receiver()
    assert open_receiver.receive({}, PEER, refuse_to_be_read, kind="traffic").status == 401
    assert open_receiver.receive(HEADERS, PEER, refuse_to_be_read, kind="billing").status == 404
    assert open_receiver.receive(HEADERS, PEER, refuse_to_be_read, kind="traffic", method="GET").status == 405
    assert open_receiver.receive(HEADERS, PEER, refuse_to_be_read, kind=None, method=None).status == 405


def test_a_stream_may_return_less_at_a_time() -> None:
    ledger, stream = RememberingLedger(), BytesIO(TRAFFIC)
    assert receiver(ledger).receive(HEADERS, PEER, lambda size: stream.read(min(size, 7)), kind="traffic").status == 200
    assert len(ledger.only.effects.increments) == 1


def test_no_more_is_read_than_shows_that_it_is_too_much() -> None:
    stream = BytesIO(b"x" * 1000)
    assert receiver(max_body_bytes=100).receive(HEADERS, PEER, stream.read, kind="traffic").status == 413
    assert stream.tell() == 101


def test_a_connection_that_breaks_is_a_body_that_cannot_be_read() -> None:
    def broken(_: int) -> bytes:
        raise ConnectionResetError

    assert receiver().receive(HEADERS, PEER, broken, kind="traffic").status == 400
