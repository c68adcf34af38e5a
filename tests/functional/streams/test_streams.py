"""Both streams over both transports, against a simulated kernel that behaves and one that does not."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.functional.streams.support import TRANSPORTS, Delays, following, until
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import (
    BadRequestError,
    ForbiddenError,
    KernelUsageError,
    UnauthorizedError,
    ZnpError,
)
from znp_panel_sync.kernel import AsyncKernel, Timing
from znp_panel_sync.streams import (
    AsyncEventStream,
    AsyncStatusStream,
    Gap,
    RawItem,
    StatusUpdate,
    StreamedEvent,
    StreamNotOfferedError,
    _websocket,
)
from znp_panel_sync.streams._reading import LASTING_FAILURES
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import Blackhole

over_both = pytest.mark.parametrize("transport", TRANSPORTS)


async def update(stream: AsyncStatusStream) -> StatusUpdate:
    async with asyncio.timeout(10):
        item = await anext(stream)
    assert isinstance(item, StatusUpdate), item
    return item


async def gap(stream: AsyncStatusStream | AsyncEventStream) -> Gap:
    async with asyncio.timeout(10):
        item = await anext(stream)
    assert isinstance(item, Gap), item
    return item


async def event(stream: AsyncEventStream) -> StreamedEvent:
    async with asyncio.timeout(10):
        item = await anext(stream)
    assert isinstance(item, StreamedEvent), item
    return item


def node_ids(item: StatusUpdate) -> list[str]:
    return [str(node.id) for node in item.snapshot.nodes or []]


@over_both
async def test_status_is_given_whole_after_full_frames_and_diffs(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncStatusStream, simulator, mode="diff", transport=transport) as stream:
        first = await update(stream)
        assert (first.is_full, node_ids(first)) == (True, ["edge-1"])
        simulator.add_node("edge-2")
        simulator.streams.push_status()
        second = await update(stream)
        assert (second.is_full, node_ids(second)) == (False, ["edge-1", "edge-2"])
        assert "nodes" in second.changed
        assert "tls" not in second.changed
        assert second.raw["tls"] == first.raw["tls"]


@over_both
async def test_frames_come_at_the_interval(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncStatusStream, simulator, interval=1, include="nodes", transport=transport) as stream:
        assert set((await update(stream)).raw) == {"generated_at", "nodes"}
        assert (await update(stream)).is_full


@over_both
async def test_events_are_given_with_id_time_name_and_payload(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncEventStream, simulator, events="node", transport=transport) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        simulator.streams.push_status()
        simulator.emit_event("user.quota.changed", {"user_id": "7"})
        told = simulator.emit_event("node_degraded", {"id": "edge-1"})
        item = await waiting
        assert (item.name, item.event_id) == ("node.degraded", told.event_id)
        assert item.payload["node_id"] == "edge-1"
        assert item.occurred_at is not None
        assert int(item.occurred_at.timestamp() * 1000) == told.occurred_at_ms


@over_both
async def test_a_cut_connection_is_a_gap_and_then_a_full_frame(simulator: KernelSimulator, transport: str) -> None:
    delays = Delays()
    options: dict[str, Any] = {"mode": "diff", "transport": transport, "timing": delays.timing}
    async with following(AsyncStatusStream, simulator, **options) as stream:
        await update(stream)
        simulator.streams.push_status()
        assert not (await update(stream)).is_full
        simulator.streams.cut()
        missed = await gap(stream)
        assert missed.since <= missed.until
        assert missed.reason
        assert (await update(stream)).is_full
        assert delays.seconds == [1]


@over_both
async def test_events_that_come_again_are_given_once(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncEventStream, simulator, transport=transport, idle_timeout=None) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        first = simulator.emit_event("node_added", {"id": "a"})
        assert (await waiting).event_id == first.event_id
        repeated = f'{{"event": "node.added", "event_id": "{first.event_id}"}}'.encode()
        simulator.streams.send(repeated if transport == "websocket" else b"data: " + repeated + b"\n\n")
        second = simulator.emit_event("node_added", {"id": "b"})
        assert (await event(stream)).event_id == second.event_id


@over_both
async def test_what_is_not_understood_is_passed_on(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        await update(stream)
        simulator.streams.send(b"garbage" if transport == "websocket" else b"event: hint\ndata: garbage\n\n")
        assert await anext(stream) == RawItem("" if transport == "websocket" else "hint", "garbage")


@over_both
async def test_a_diff_that_comes_first_asks_for_a_full_frame(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        await update(stream)
        broken = b'{"type": "diff"}'
        simulator.streams.send(broken if transport == "websocket" else b"data: " + broken + b"\n\n")
        assert (await gap(stream)).reason == "a diff frame without a snapshot"
        assert (await update(stream)).is_full


@over_both
async def test_a_frame_that_is_too_large_ends_the_connection(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncEventStream, simulator, transport=transport, max_event_bytes=2000) as stream:
        waiting = asyncio.create_task(gap(stream))
        await until(lambda: simulator.streams.open_count == 1)
        simulator.emit_event("node_added", {"id": "x" * 5000})
        assert "more than 2000 bytes" in (await waiting).reason


@over_both
async def test_silence_ends_a_connection(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncEventStream, simulator, transport=transport, idle_timeout=0.2) as stream:
        assert "0.2 seconds" in (await gap(stream)).reason


async def test_a_stalled_status_is_a_dead_connection_after_three_intervals(simulator: KernelSimulator) -> None:
    async with following(AsyncStatusStream, simulator, interval=1) as stream:
        await update(stream)
        simulator.streams.stall()
        began = asyncio.get_running_loop().time()
        missed = asyncio.create_task(gap(stream))
        await until(lambda: len(simulator.requests.find()) == 2)
        assert 2.5 < asyncio.get_running_loop().time() - began < 8
        simulator.streams.resume()
        assert "3 seconds" in (await missed).reason
        await update(stream)


@over_both
async def test_a_kernel_that_dies_is_followed_again_when_it_is_back(
    simulator: KernelSimulator, caplog: pytest.LogCaptureFixture, transport: str
) -> None:
    caplog.set_level(logging.WARNING, "znp_panel_sync")
    delays = Delays()
    async with following(AsyncStatusStream, simulator, transport=transport, timing=delays.timing) as stream:
        await update(stream)
        with simulator.down():
            missed = asyncio.create_task(gap(stream))
            await until(lambda: len(delays.seconds) >= 4)
        await missed
        await update(stream)
        assert delays.seconds[:3] == [1, 2, 4]
    (told,) = [each.getMessage() for each in caplog.records if each.name == "znp_panel_sync.streams"]
    assert "was interrupted, opened again in 4 s" in told


@over_both
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, StreamNotOfferedError),
        (501, StreamNotOfferedError),
        (400, BadRequestError),
    ],
)
async def test_refusals_end_a_stream_with_their_error(
    simulator: KernelSimulator, transport: str, status: int, kind: type[ZnpError]
) -> None:
    simulator.faults.answer(status)
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        with pytest.raises(kind):
            await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


@over_both
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_busy_and_failing_kernels_are_asked_again(
    simulator: KernelSimulator, transport: str, status: int
) -> None:
    delays = Delays()
    simulator.faults.answer(status, retry_after=40, times=2)
    async with following(AsyncStatusStream, simulator, transport=transport, timing=delays.timing) as stream:
        assert (await update(stream)).is_full, "nothing was missed, as nothing was followed before"
    assert delays.seconds == [40, 40]


@over_both
async def test_refused_credentials_can_be_waited_out(simulator: KernelSimulator, transport: str) -> None:
    simulator.faults.answer(401, times=2)
    async with following(AsyncStatusStream, simulator, transport=transport, retry_refused=True) as stream:
        assert (await update(stream)).is_full


async def test_accept_then_close_meets_the_backoff(simulator: KernelSimulator) -> None:
    delays = Delays()
    simulator.faults.answer(200, b"", headers={"Content-Type": "text/event-stream"}, times=7)
    async with following(AsyncEventStream, simulator, timing=delays.timing) as stream:
        for _ in range(7):
            assert (await gap(stream)).reason == "the kernel ended the connection"
    assert delays.seconds[:7] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Content-Type": "text/html"}, "an answer of the type text/html"),
        ({"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}, "an answer in the encoding gzip"),
    ],
)
async def test_an_answer_that_is_no_event_stream_is_not_read(
    simulator: KernelSimulator, caplog: pytest.LogCaptureFixture, headers: dict[str, str], reason: str
) -> None:
    caplog.set_level(logging.DEBUG, "znp_panel_sync.streams")
    simulator.faults.answer(200, b"<html>", headers=headers, times=1)
    async with following(AsyncStatusStream, simulator) as stream:
        assert (await update(stream)).is_full
    assert reason in caplog.text


@pytest.mark.parametrize(
    ("transport", "reason"),
    [("sse", "an answer of the type text/html"), ("websocket", "an answer of 200 OK instead of a WebSocket")],
)
async def test_a_page_in_a_kernels_place_is_asked_again_and_warned_of_once(
    simulator: KernelSimulator, caplog: pytest.LogCaptureFixture, transport: str, reason: str
) -> None:
    simulator.faults.answer(200, b"<html>", headers={"Content-Type": "text/html"}, times=LASTING_FAILURES)
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        assert (await update(stream)).is_full
    (warning,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert reason in warning.getMessage()


async def test_what_retry_asks_for_is_heeded(simulator: KernelSimulator) -> None:
    simulator.streams.retry_ms = 7000
    delays = Delays()
    async with following(AsyncStatusStream, simulator, timing=delays.timing) as stream:
        await update(stream)
        simulator.streams.cut()
        await gap(stream)
    assert delays.seconds == [7]


async def test_the_last_event_id_goes_into_the_next_request(simulator: KernelSimulator) -> None:
    async with following(AsyncEventStream, simulator) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        told = simulator.emit_event("node_added", {"id": "a"})
        await waiting
        simulator.streams.cut()
        await gap(stream)
        last = simulator.requests.find()[-1]
        assert last.headers["last-event-id"] == told.event_id


async def test_bytes_that_drip_are_put_together(simulator: KernelSimulator) -> None:
    simulator.streams.drip(0)
    async with following(AsyncEventStream, simulator) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        told = [simulator.emit_event("node_added", {"id": name}).event_id for name in ("a", "b")]
        assert [(await waiting).event_id, (await event(stream)).event_id] == told


@over_both
async def test_a_slow_consumer_of_events_misses_none(simulator: KernelSimulator, transport: str) -> None:
    async with following(AsyncEventStream, simulator, transport=transport) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        told = [simulator.emit_event("node_added", {"id": str(n), "pad": "x" * 500}).event_id for n in range(1500)]
        got = [(await waiting).event_id]
        async for item in stream:
            assert isinstance(item, StreamedEvent)
            got.append(item.event_id)
            if len(got) == len(told):
                break
        assert got == told


@over_both
async def test_a_slow_consumer_of_status_gets_the_newest_if_it_asks(simulator: KernelSimulator, transport: str) -> None:
    async with (
        following(AsyncStatusStream, simulator, transport=transport, newest_only=True) as slow,
        following(AsyncStatusStream, simulator, transport=transport) as fast,
    ):
        await update(slow)
        await update(fast)
        for number in range(20):
            simulator.add_node(f"more-{number}")
            simulator.streams.push_status()
            assert f"more-{number}" in node_ids(await update(fast))
        taken = 1
        while "more-19" not in node_ids(await update(slow)):
            taken += 1
        assert taken < 5, "of twenty, all but the newest were left out"


@over_both
async def test_a_slow_consumer_is_no_dead_connection(
    simulator: KernelSimulator, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_websocket, "PING_SECONDS", 0.02)
    loop = asyncio.get_running_loop()
    async with following(AsyncEventStream, simulator, transport=transport, idle_timeout=0.5) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        told = [simulator.emit_event("node_added", {"id": str(n), "pad": "x" * 500}).event_id for n in range(300)]
        got = [(await waiting).event_id]
        slow_until = loop.time() + 0.7
        await until(lambda: loop.time() > slow_until)
        got += [(await event(stream)).event_id for _ in told[1:]]
        assert got == told


async def test_pings_keep_a_silent_websocket_alive_while_they_are_answered(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_websocket, "PING_SECONDS", 0.05)
    loop = asyncio.get_running_loop()
    async with following(AsyncEventStream, simulator, transport="websocket", idle_timeout=None) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        many_pings = loop.time() + 0.5
        await until(lambda: loop.time() > many_pings)
        told = simulator.emit_event("node_added", {"id": "a"})
        assert (await waiting).event_id == told.event_id


async def test_a_websocket_whose_pings_are_not_answered_is_opened_anew(
    simulator: KernelSimulator, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_websocket, "PING_SECONDS", 0.3)
    delays = Delays()
    control = simulator.control(endpoint=proxy.url, timeout=2.0)
    options: dict[str, Any] = {"transport": "websocket", "idle_timeout": None, "timing": delays.timing}
    async with following(AsyncEventStream, control, **options) as stream:
        waiting = asyncio.create_task(event(stream))
        await until(lambda: simulator.streams.open_count == 1)
        simulator.emit_event("node_added", {"id": "a"})
        await waiting
        missed = asyncio.create_task(gap(stream))
        proxy.fault = Blackhole()
        await until(lambda: len(delays.seconds) >= 1)
        proxy.fault = None
        assert "no pong for 0.3 seconds" in (await missed).reason


@over_both
async def test_a_stream_that_begins_while_the_kernel_stalls_waits(simulator: KernelSimulator, transport: str) -> None:
    simulator.streams.stall()
    async with following(AsyncStatusStream, simulator, transport=transport) as stream:
        waiting = asyncio.create_task(update(stream))
        await until(lambda: simulator.streams.open_count == 1)
        assert not waiting.done()
        simulator.streams.resume()
        await waiting


@over_both
async def test_closing_is_immediate_and_leaves_nothing(simulator: KernelSimulator, transport: str) -> None:
    before = asyncio.all_tasks()
    async with following(AsyncEventStream, simulator, transport=transport) as stream:
        waiting = asyncio.create_task(anext(stream, "end"))
        await until(lambda: simulator.streams.open_count == 1)
        began = asyncio.get_running_loop().time()
        await stream.aclose()
        assert await waiting == "end"
        assert asyncio.get_running_loop().time() - began < 1
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        await until(lambda: simulator.streams.open_count == 0)
    assert asyncio.all_tasks() <= before


async def test_closing_that_is_cancelled_has_closed_all_the_same(simulator: KernelSimulator) -> None:
    async with following(AsyncEventStream, simulator) as stream:
        waiting = asyncio.create_task(anext(stream, "end"))
        await until(lambda: simulator.streams.open_count == 1)
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        assert await asyncio.wait_for(waiting, 10) == "end"
        await until(lambda: simulator.streams.open_count == 0)


async def while_connecting(simulator: KernelSimulator, stream: AsyncEventStream) -> None:
    simulator.faults.hang()
    await until(lambda: len(simulator.requests.find()) == 1)


async def while_waiting_to_connect_again(simulator: KernelSimulator, stream: AsyncEventStream) -> None:
    await until(lambda: simulator.streams.open_count == 1)
    simulator.die()
    await until(lambda: simulator.streams.open_count == 0)


async def while_the_kernel_waits(simulator: KernelSimulator, stream: AsyncEventStream) -> None:
    await until(lambda: simulator.streams.open_count == 1)
    for number in range(500):
        simulator.emit_event("node_added", {"id": str(number), "pad": "x" * 2000})


@over_both
@pytest.mark.parametrize("state", [while_connecting, while_waiting_to_connect_again, while_the_kernel_waits])
async def test_closing_is_immediate_in_every_state(
    simulator: KernelSimulator, transport: str, state: Callable[[KernelSimulator, AsyncEventStream], Awaitable[None]]
) -> None:
    before = asyncio.all_tasks()
    async with following(AsyncEventStream, simulator, transport=transport, timing=Timing()) as stream:
        waiting = asyncio.create_task(anext(stream, None))
        await state(simulator, stream)
        began = asyncio.get_running_loop().time()
        await stream.aclose()
        assert asyncio.get_running_loop().time() - began < 1
        await waiting
    assert asyncio.all_tasks() <= before


async def test_a_stream_that_is_closed_before_its_first_item_connects_to_nobody(simulator: KernelSimulator) -> None:
    async with following(AsyncEventStream, simulator) as stream:
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    assert len(simulator.requests.find()) == 0


async def test_a_closed_kernel_ends_a_stream(simulator: KernelSimulator) -> None:
    kernel = AsyncKernel(simulator.control())
    await kernel.aclose()
    async with AsyncStatusStream(kernel) as stream:
        with pytest.raises(KernelUsageError):
            await anext(stream)


@over_both
async def test_a_refusal_says_what_the_kernel_says_and_who_was_refused(
    simulator: KernelSimulator, caplog: pytest.LogCaptureFixture, transport: str
) -> None:
    control = simulator.control(access_key="panel-7", secret_key="no such key")
    async with following(AsyncStatusStream, control, transport=transport) as stream:
        with pytest.raises(UnauthorizedError) as refused:
            await anext(stream)
    assert (refused.value.code, refused.value.message) == ("unauthorized", "credentials are missing or wrong")
    assert "credentials are missing or wrong" in str(refused.value)
    (told,) = [each.getMessage() for each in caplog.records if each.name == "znp_panel_sync.kernel"]
    assert str(control.masked_access_key) in told
    assert str(control.secret_fingerprint) in told


@over_both
async def test_a_pause_asked_for_twice_or_by_date_is_understood(simulator: KernelSimulator, transport: str) -> None:
    delays = Delays()
    date, later = "Wed, 01 May 2024 12:00:00 GMT", "Wed, 01 May 2024 12:00:42 GMT"
    simulator.faults.answer(503, headers={"Date": date, "Retry-After": later}, times=1)
    async with following(AsyncStatusStream, simulator, transport=transport, timing=delays.timing) as stream:
        await update(stream)
    assert delays.seconds == [42]


@over_both
async def test_a_snapshot_is_at_most_what_the_kernel_object_allows(simulator: KernelSimulator, transport: Any) -> None:
    for number in range(50):
        simulator.add_node(f"node-{number}")
    async with AsyncKernel(simulator.control(), max_body_bytes=2000) as kernel:
        options: dict[str, Any] = {"transport": transport, "timing": Delays().timing}
        async with AsyncStatusStream(kernel, **options) as stream:
            assert "more than 2000 bytes" in (await gap(stream)).reason
        async with AsyncStatusStream(kernel, max_snapshot_bytes=1_000_000, **options) as stream:
            assert len(node_ids(await update(stream))) == 51


CANARIES: list[dict[str, Any]] = [
    {"token": "canary-7f3a"},
    {"access_key": "canary-access", "secret_key": "canary-secret"},
]


@over_both
@pytest.mark.parametrize("credentials", CANARIES, ids=["token", "pair"])
@pytest.mark.parametrize("known", [True, False])
async def test_credentials_are_in_no_log_and_no_error(
    caplog: pytest.LogCaptureFixture, transport: str, credentials: dict[str, Any], known: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    with KernelSimulator(**(credentials if known else {"token": "another"})) as simulator:
        control = NodeControl(simulator.url, **credentials)
        async with following(AsyncStatusStream, control, transport=transport) as stream:
            if known:
                await update(stream)
                simulator.streams.cut()
                shown = repr((stream, await gap(stream), await update(stream)))
            else:
                with pytest.raises(UnauthorizedError) as refused:
                    await anext(stream)
                shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    logged = "".join(
        each.getMessage() + str(each.args) for each in caplog.records if not each.name.startswith("uvicorn")
    )
    forms = ["canary", control.authorization.split()[1] if control.authorization else ""]
    assert [form for form in forms if form in shown + logged] == []
