import subprocess
import sys

import pytest

from znp_panel_sync import testing


def test_the_public_names_are_these() -> None:
    assert testing.__all__ == ["FaultProxy", "KernelSimulator", "simulator_app"]
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name


def test_other_names_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Simulator'"):
        _ = testing.Simulator


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "znp_panel_sync.testing.simulator", raising=False)
    monkeypatch.setitem(sys.modules, "starlette.types", None)

    with pytest.raises(
        ModuleNotFoundError, match=r"^KernelSimulator needs starlette.types, .*znp-panel-sync\[testing\]"
    ):
        _ = testing.KernelSimulator


def test_the_plugin_imports_no_server_before_it_is_asked_to() -> None:
    program = """
import sys
import znp_panel_sync.testing.pytest_plugin
print({"starlette", "uvicorn", "httpx", "attrs"} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout == "set()\n"
