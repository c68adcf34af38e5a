"""The streams of programs without an event loop."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from tests.functional.streams.support import TRANSPORTS, Delays
from znp_panel_sync.errors import KernelUsageError, UnauthorizedError
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.streams import EventStream, Gap, StatusStream, StatusUpdate, StreamedEvent
from znp_panel_sync.testing import KernelSimulator


def wait_until_open(simulator: KernelSimulator) -> None:
    while simulator.streams.open_count == 0:
        threading.Event().wait(0.005)


def emit_when_open(simulator: KernelSimulator, name: str) -> threading.Thread:
    def emit() -> None:
        wait_until_open(simulator)
        simulator.emit_event(name, {"id": "edge-1"})

    thread = threading.Thread(target=emit)
    thread.start()
    return thread


def stream_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "kernel-stream"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_status_and_gaps_are_given_in_turn(simulator: KernelSimulator, transport: Any) -> None:
    timing = Delays().timing
    with Kernel(simulator.control()) as kernel, StatusStream(kernel, transport=transport, timing=timing) as stream:
        assert isinstance(next(stream), StatusUpdate)
        simulator.streams.cut()
        assert isinstance(next(stream), Gap)
        assert isinstance(next(stream), StatusUpdate)
    assert stream_threads() == []


def test_events_are_given_as_they_happen(simulator: KernelSimulator) -> None:
    with Kernel(simulator.control()) as kernel, EventStream(kernel) as stream:
        emitting = emit_when_open(simulator, "node_degraded")
        item = next(iter(stream))
        emitting.join()
        assert isinstance(item, StreamedEvent)
        assert item.name == "node.degraded"


def test_closing_from_another_thread_ends_the_loop_at_once(simulator: KernelSimulator) -> None:
    with Kernel(simulator.control()) as kernel, EventStream(kernel) as stream:
        seen: list[object] = []
        looping = threading.Thread(target=lambda: seen.extend(stream))
        looping.start()
        wait_until_open(simulator)
        stream.close()
        looping.join(5)
        assert not looping.is_alive()
        assert seen == []
        assert stream_threads() == []
        stream.close()
        assert list(stream) == []


def test_a_stream_that_is_closed_just_before_an_item_is_asked_for_ends(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        next(stream)
        asked_meanwhile: Future[Any] = Future()
        stream._waiting = asked_meanwhile
        stream.close()
        assert asked_meanwhile.cancelled()
        monkeypatch.setattr(stream, "_start", lambda: True)
        assert [*stream, *stream] == []


def test_an_item_is_not_lost_when_waiting_for_it_is_interrupted(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        with monkeypatch.context() as interrupted:
            interrupted.setattr(Future, "result", _interrupted_once(stream))
            with pytest.raises(KeyboardInterrupt):
                next(stream)
        assert isinstance(next(stream), StatusUpdate)


def _interrupted_once(stream: StatusStream) -> Callable[[Future[Any]], Any]:
    result = Future.result

    def wait(future: Future[Any]) -> Any:
        if future is stream._waiting:
            raise KeyboardInterrupt
        return result(future)

    return wait


def test_an_error_that_is_final_is_raised_once(simulator: KernelSimulator) -> None:
    simulator.faults.answer(401)
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        with pytest.raises(UnauthorizedError):
            next(stream)
        assert list(stream) == []


def test_a_stream_that_was_never_asked_has_no_thread(simulator: KernelSimulator) -> None:
    with Kernel(simulator.control()) as kernel:
        stream = StatusStream(kernel)
        assert stream_threads() == []
        stream.close()
        assert list(stream) == []


def test_a_child_process_is_told_to_make_its_own(simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        next(stream)
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            with pytest.raises(KernelUsageError, match="before fork"):
                next(stream)


def test_a_child_process_may_close_what_it_inherited(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        next(stream)
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            stream.close()
        assert stream_threads() == ["kernel-stream"], "the parent's stream goes on"


def test_what_keeps_a_stream_from_starting_is_raised_and_passes(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Kernel(simulator.control()) as kernel, StatusStream(kernel) as stream:
        with monkeypatch.context() as full:
            full.setattr(asyncio, "new_event_loop", _no_descriptor)
            with pytest.raises(OSError, match="Too many open files"):
                next(stream)
        assert isinstance(next(stream), StatusUpdate)


def _no_descriptor() -> asyncio.AbstractEventLoop:
    raise OSError(24, "Too many open files")


def test_a_blocking_stream_keeps_the_limits_of_its_kernel(simulator: KernelSimulator) -> None:
    simulator.faults.hang(times=1)
    simulator.add_node("x" * 3000)
    with (
        Kernel(simulator.control(), max_body_bytes=2000) as kernel,
        StatusStream(kernel.with_options(timeout=0.2), timing=Delays().timing) as stream,
    ):
        item = next(stream)
        assert isinstance(item, Gap)
        assert "more than 2000 bytes" in item.reason
