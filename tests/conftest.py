"""What holds for every test: in CI a test that is skipped for want of a server or a tool is a failure."""

import asyncio
import os
import signal
from collections.abc import Generator

import pytest


def pytest_configure() -> None:
    """Keep pytest-asyncio from asking for a loop of the main thread, which would be made and never closed.

    What a script starts with `&` ignores Ctrl-C, and so would all programs that tests start and end by it.
    """
    asyncio.set_event_loop(None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips into failures in CI, where everything that the suite can use is installed."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report
