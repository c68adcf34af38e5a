"""Deadlines, and sockets under them."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from znp_panel_sync.kernel._sockets import BoundedSocket, Deadline, connect


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_deadline_is_a_number_that_shrinks() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    clock.seconds += 2
    assert (float(deadline), deadline.remaining()) == (5.0, 3.0)
    assert (float(deadline.rest()), deadline.rest().remaining()) == (3.0, 3.0)
    deadline.check()
    clock.seconds += 3
    with pytest.raises(TimeoutError, match="deadline has passed"):
        deadline.check()
    assert float(deadline.rest()) == 0
    deadline.restart(1)
    assert deadline.remaining() == 1


@pytest.fixture
def pair() -> Iterator[tuple[BoundedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    bounded = BoundedSocket(ours)
    yield bounded, theirs
    bounded.close()
    theirs.close()


def test_a_socket_reads_and_writes_without_a_deadline_too(pair: tuple[BoundedSocket, socket.socket]) -> None:
    bounded, theirs = pair
    bounded.write(b"question")
    assert theirs.recv(100) == b"question"
    theirs.sendall(b"answer")
    assert bounded.read(100, None) == b"answer"
    assert bounded.get_extra_info("socket") is not None
    assert bounded.get_extra_info("ssl_object") is None


def test_nothing_is_done_after_the_deadline(pair: tuple[BoundedSocket, socket.socket]) -> None:
    bounded, theirs = pair
    theirs.sendall(b"answer")
    clock = Clock()
    deadline = Deadline(1, clock)
    clock.seconds += 1
    with pytest.raises(TimeoutError):
        bounded.read(100, deadline)
    with pytest.raises(TimeoutError):
        bounded.write(b"question", deadline)


def test_an_idle_socket_is_readable_when_it_has_ended_or_says_what_nobody_asked(
    pair: tuple[BoundedSocket, socket.socket],
) -> None:
    bounded, theirs = pair
    assert bounded.get_extra_info("is_readable") is False
    theirs.sendall(b"unasked")
    assert bounded.get_extra_info("is_readable") is True
    bounded.read(100)
    assert bounded.get_extra_info("is_readable") is False
    theirs.close()
    assert bounded.get_extra_info("is_readable") is True
    bounded.close()
    assert bounded.get_extra_info("is_readable") is True


def test_a_name_that_is_not_resolved_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) or [])
    with pytest.raises(TimeoutError, match=r"the name kernel.example was not resolved in time"):
        connect("kernel.example", 80, Deadline(0.05, time.monotonic))
    released.set()


def test_a_name_without_addresses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(OSError, match=r"no address is known for kernel.example"):
        connect("kernel.example", 80, None)


def test_the_second_address_is_tried_when_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", bound.getsockname()) for bound in (holder, listener)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        with connect("kernel.example", 80, None) as connection:
            assert connection.getpeername() == listener.getsockname()
