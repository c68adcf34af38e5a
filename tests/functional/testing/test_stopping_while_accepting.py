"""A server that stops while clients connect leaves nothing of theirs behind."""

import gc
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import pytest

from znp_panel_sync.testing import FaultProxy, KernelSimulator

ROUNDS = 5
CLIENTS = 150


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Python has to say when it clears away what nobody closed."""
    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: found.append(repr(unraisable.exc_value)))
    return found


@pytest.fixture
def upstream() -> Iterator[KernelSimulator]:
    with KernelSimulator() as running:
        yield running


def connect_many(url: str) -> list[socket.socket]:
    address = urlsplit(url)
    clients = [socket.socket() for _ in range(CLIENTS)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex((address.hostname, address.port))
    return clients


@pytest.mark.parametrize("make", [lambda _: KernelSimulator(), lambda upstream: FaultProxy(upstream.url)])
def test_connections_under_way_are_closed(
    make: Callable[[KernelSimulator], AbstractContextManager[Any]], upstream: KernelSimulator, complaints: list[str]
) -> None:
    for _ in range(ROUNDS):
        with make(upstream) as server:
            clients = connect_many(server.url)
        for client in clients:
            client.close()
    gc.collect()
    assert complaints == []
