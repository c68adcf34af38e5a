"""What holds for every test: in CI a test that is skipped for want of a server or a tool is a failure."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent
UNMEASURED: Final = (
    "contract/",
    "functional/cluster/test_drills.py",
    "functional/cluster/test_figure.py",
    "functional/docs/",
    "functional/events/test_examples.py",
    "functional/events/test_hostile.py",
    "functional/examples/test_django_panel.py",
    "functional/examples/test_short_programs.py",
    "functional/polling/test_examples.py",
    "functional/streams/test_example.py",
    "functional/web/test_browser.py",
)
"""Whole programs and long loads. Every branch they take is taken by smaller tests, and measuring doubles their time."""


def pytest_configure() -> None:
    """Keep pytest-asyncio from asking for a loop of the main thread, which would be made and never closed.

    What a script starts with `&` ignores Ctrl-C, and so would all programs that tests start and end by it.
    """
    asyncio.set_event_loop(None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage by tests that do the same each time, and not where it takes long and is measured elsewhere."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False) or is_unmeasured(item.path):
            item.add_marker(pytest.mark.unmeasured)


def is_unmeasured(module: Path) -> bool:
    """Tell whether coverage is not measured by any test of a module."""
    return module.relative_to(TESTS).as_posix().startswith(UNMEASURED)


@pytest.fixture(autouse=True, scope="module")
def _programs_are_measured(request: pytest.FixtureRequest) -> Generator[None]:
    """Keep the programs that a module starts from measuring coverage where the module itself does not."""
    with pytest.MonkeyPatch.context() as patch:
        if is_unmeasured(request.path):
            patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Trace no line of tests that are marked so. pytest-cov has a marker for this that does nothing in workers."""
    if item.get_closest_marker("unmeasured") is None:
        yield
        return
    tracing, tracing_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(tracing_in_threads)
        sys.settrace(tracing)


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
