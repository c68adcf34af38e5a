"""The fixtures, in a project that only installed the package."""

import pytest

pytest_plugins = ["pytester"]

PROJECT = """
import http.client
import threading

def get(simulator, path):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status

def test_a_simulator_is_running(kernel_simulator):
    assert get(kernel_simulator, "/v1/status") == 200
    kernel_simulator.add_node("edge-1")

def test_each_test_has_its_own(kernel_simulator):
    assert kernel_simulator.node_ids == []

def test_several_can_be_made(kernel_simulator_factory):
    one, other = kernel_simulator_factory(), kernel_simulator_factory(token="t0ken")
    assert (get(one, "/v1/status"), get(other, "/v1/status")) == (200, 401)

def test_none_is_left():
    assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
"""


def test_the_fixtures_come_with_the_package(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # no plugin but ours, by the name of its entry point
    pytester.makepyfile(PROJECT)

    run = pytester.runpytest_subprocess("-W", "error", "-p", "znp_panel_sync")

    run.assert_outcomes(passed=4)
