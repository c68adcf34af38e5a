import time

import pytest

from znp_panel_sync.testing._kernel.clock import SkewedClock


def test_the_wall_clock_may_be_hours_off() -> None:
    clock = SkewedClock(offset_seconds=7200)

    assert clock.now_ms() / 1000 == pytest.approx(time.time() + 7200, abs=60)
    clock.offset_seconds = -7200
    assert clock.now_ms() / 1000 == pytest.approx(time.time() - 7200, abs=60)
    assert clock.monotonic() == pytest.approx(time.monotonic(), abs=60)


def test_skipped_time_passes_on_both_clocks() -> None:
    clock = SkewedClock()
    clock.skip(100_000)

    assert clock.now_ms() / 1000 == pytest.approx(time.time() + 100_000, abs=60)
    assert clock.monotonic() == pytest.approx(time.monotonic() + 100_000, abs=60)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="seconds: time does not run backwards, not -1"):
        SkewedClock().skip(-1)
