"""The delays between connections, and the errors that end a stream."""

import random

import pytest

from znp_panel_sync.errors import (
    ConfigurationError,
    KernelError,
    KernelTimeoutError,
    KernelUnreachableError,
    KernelUsageError,
    response_error_type,
)
from znp_panel_sync.streams._reconnect import ReconnectState, is_final


def unreachable(reason: str) -> KernelError:
    return KernelUnreachableError("no", reason=reason, kernel="http://k")


def refused(status: int) -> KernelError:
    return response_error_type(status)(status, kernel="http://k")


def test_delays_double_from_1_to_60_seconds() -> None:
    state = ReconnectState(lambda: 0.0)
    assert [state.delay(0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]
    state = ReconnectState(lambda: 1.0)
    assert [state.delay(0.0) for _ in range(8)] == [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("retry_ms", [None, 0, 500, 5000, 10**14])
def test_delays_stay_within_their_limits_whatever_is_asked(seed: int, retry_ms: int | None) -> None:
    state = ReconnectState(random.Random(seed).random)
    state.ask(retry_ms)
    assert all(1 <= state.delay(0.0) <= 60 for _ in range(2000))


def test_what_the_stream_asks_for_is_the_least() -> None:
    state = ReconnectState(lambda: 0.0)
    state.ask(7000)
    assert [state.delay(0.0) for _ in range(4)] == [7, 14, 28, 30]
    state.ask(50_000)
    assert state.delay(0.0) == 50


def test_only_a_connection_of_10_seconds_makes_the_next_delay_short() -> None:
    state = ReconnectState(lambda: 0.0)
    for expected in (1, 2, 4):
        state.connected(100.0)
        assert state.delay(109.9) == expected
    state.connected(200.0)
    assert state.delay(210.0) == 1
    assert state.delay(1000.0) == 2, "nothing was connected meanwhile"


def test_what_a_refusing_kernel_asks_for_is_heeded_up_to_a_minute() -> None:
    state = ReconnectState(lambda: 0.0)
    assert state.delay(0.0, 40) == 40
    assert state.delay(0.0, 4000) == 60


@pytest.mark.parametrize(
    "error", [unreachable("reset"), unreachable("dns"), KernelTimeoutError("no", kernel="http://k")]
)
def test_trouble_with_the_network_passes(error: KernelError) -> None:
    assert is_final(error, retry_refused=False) is False


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 520])
def test_busy_and_failing_kernels_are_asked_again(status: int) -> None:
    assert is_final(refused(status), retry_refused=False) is False


@pytest.mark.parametrize("status", [400, 409, 302])
def test_other_refusals_are_final(status: int) -> None:
    assert is_final(refused(status), retry_refused=True) is True


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_final_unless_told_otherwise(status: int) -> None:
    assert is_final(refused(status), retry_refused=False) is True
    assert is_final(refused(status), retry_refused=True) is False


@pytest.mark.parametrize(
    "error", [unreachable("tls"), KernelUsageError("closed", kernel="http://k"), ConfigurationError("verify", "is bad")]
)
def test_what_time_does_not_heal_is_final(error: Exception) -> None:
    assert is_final(error, retry_refused=True) is True
