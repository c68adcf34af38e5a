"""Rounds of us and of the peers in turn, so that a busy machine slows all of them."""

import gc
import time
from collections.abc import Callable, Mapping

from benchmarks._results import Spread

Round = Callable[[], float]
"""Runs one round and returns the seconds that one of its calls took."""

Spreads = dict[str, Spread]


def timed(work: Callable[[], object], calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds that each of so many calls takes, by the wall clock or another one."""
    gc.collect()
    started = clock()
    for _ in range(calls):
        work()
    return (clock() - started) / calls


def alternate(rounds: int, contestants: Mapping[str, Round]) -> Spreads:
    """Run all contestants in turn, so many times; return what each took in milliseconds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            took = run()
            if number:  # the first round warms up
                seconds[name].append(took)
    return {name: Spread.of(1e3 * one for one in taken) for name, taken in seconds.items()}
