"""When a request is sent again."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.errors import KernelError, KernelResponseError, KernelTimeoutError, KernelUnreachableError
from znp_panel_sync.kernel._retry import LONGEST_DELAY, RetryPolicy, is_repeatable, retry_after

CUT = KernelUnreachableError("cut", reason="reset", kernel="http://k")
NOW = datetime(2024, 1, 1, tzinfo=UTC)


def policy(retries: int = 2, chance: float = 0.0) -> RetryPolicy:
    return RetryPolicy(retries, lambda: chance)


@pytest.mark.parametrize(
    ("method", "operation", "repeatable"),
    [
        ("GET", "get_status", True),
        ("PUT", "put_user", True),
        ("DELETE", "deregister_protocol", True),
        ("POST", "send_heartbeat", True),
        ("POST", "register_protocol", False),
        ("PATCH", "patch_user", False),
    ],
)
def test_only_harmless_requests_are_repeated(method: str, operation: str, repeatable: bool) -> None:
    assert is_repeatable(method, operation) is repeatable


def test_the_pause_doubles_up_to_a_maximum() -> None:
    pauses = [policy(retries=9).delay(CUT, attempt=attempt, remaining=60) for attempt in range(1, 10)]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 2.0]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_jitter_takes_at_most_half_and_no_attempt_overflows(attempt: int, chance: float) -> None:
    pause = policy(retries=10_000, chance=chance).delay(CUT, attempt=attempt, remaining=60)
    assert pause is not None
    assert 0.05 <= pause <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("error", "attempt", "remaining"),
    [
        (CUT, 3, 60),
        (KernelError("not worth it", kernel="http://k"), 1, 60),
        (KernelUnreachableError("bad certificate", reason="tls", kernel="http://k"), 1, 60),
        (KernelResponseError(501, kernel="http://k"), 1, 60),
        (KernelResponseError(503, kernel="http://k", retry_after=31), 1, 60),
        (KernelResponseError(503, kernel="http://k", retry_after=5), 1, 5),
        (CUT, 1, 0.1),
        (CUT, 1, -1),
    ],
)
def test_it_gives_up(error: KernelError, attempt: int, remaining: float) -> None:
    assert policy().delay(error, attempt=attempt, remaining=remaining) is None


def test_without_retries_nothing_is_repeated() -> None:
    assert policy(retries=0).delay(CUT, attempt=1, remaining=60) is None


@pytest.mark.parametrize(("asked", "pause"), [(None, 0.1), (0, 0.1), (0.05, 0.1), (3, 3), (30, 30)])
def test_the_kernel_may_ask_for_a_longer_pause(asked: float | None, pause: float) -> None:
    error = KernelResponseError(429, kernel="http://k", retry_after=asked)
    assert policy().delay(error, attempt=1, remaining=60) == pause


@pytest.mark.parametrize("error", [CUT, KernelTimeoutError("late", kernel="http://k")])
def test_trouble_with_the_connection_is_repeated(error: KernelError) -> None:
    assert policy().delay(error, attempt=2, remaining=60) == 0.2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "Mon, 01 Jan 2024 00:00:10 GMT"}, 10),
        ({"Retry-After": "Sun, 31 Dec 2023 23:59:00 GMT"}, 0),
        ({"Retry-After": "Mon, 01 Jan 2024 01:00:10 GMT", "Date": "Mon, 01 Jan 2024 01:00:00 GMT"}, 10),
        ({"Retry-After": "Mon, 01 Jan 2024 00:00:10 GMT", "Date": "yesterday"}, 10),
    ],
)
def test_retry_after_is_read(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers, lambda: NOW) == seconds
