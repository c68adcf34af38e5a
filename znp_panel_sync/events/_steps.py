"""Writing what is asked of a kernel once, for blocking and for async kernels.

A procedure is a generator that yields calls (functions of a kernel) and is sent their results; a driver makes the
calls. Errors of a call are raised where it was yielded.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from znp_panel_sync.errors import ZnpError
from znp_panel_sync.kernel import AsyncKernel, Kernel

T = TypeVar("T")

Call = Callable[[Any], Any]
"""Takes a `Kernel` and returns what its operation does, or takes an `AsyncKernel` and returns an awaitable of it."""

Steps = Generator[Call, Any, T]


def run(steps: Steps[T], kernel: Kernel) -> T:
    """Go through a procedure with a blocking kernel."""
    outcome: Any = None
    resume: Callable[[Any], Call] = steps.send
    while True:
        try:
            call = resume(outcome)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            outcome, resume = call(kernel), steps.send
        except ZnpError as error:
            outcome, resume = error, steps.throw


async def run_async(steps: Steps[T], kernel: AsyncKernel) -> T:
    """Go through a procedure with an async kernel."""
    outcome: Any = None
    resume: Callable[[Any], Call] = steps.send
    while True:
        try:
            call = resume(outcome)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            waiting: Awaitable[Any] = call(kernel)
            outcome, resume = await waiting, steps.send
        except ZnpError as error:
            outcome, resume = error, steps.throw
