"""The node agent as a systemd service: what it tells systemd, and whether systemd takes its unit."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.examples.running import EXAMPLES, PATIENCE_SECONDS, running
from znp_panel_sync.testing import KernelSimulator

UNIT = "znp-node-agent@.service"
INSTALLED_PYTHON = "/opt/znp-agent/venv/bin/python"
WORST_EXPOSURE = 20
"""Of the score of `systemd-analyze security`, times ten: below 2.0 is a service that can do next to nothing."""

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def test_the_agent_is_ready_tells_its_lease_and_signs_off(tmp_path: Path) -> None:
    (tmp_path / "kernel-token").write_text("canary\n", encoding="utf-8")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        KernelSimulator(token="canary") as simulator,
    ):
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_SECONDS)
        command = [sys.executable, str(EXAMPLES / "systemd" / "node_agent_service.py"), "--kernel", simulator.url]
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "CREDENTIALS_DIRECTORY": str(tmp_path)}
        with running([*command, "--id", "edge-1"], environment=environment) as agent:
            told = [manager.recv(4096).decode() for _ in range(3)]
            assert "READY=1" in told
            assert any(line.startswith("STATUS=The lease is registered") for line in told)
            assert simulator.node_ids == ["edge-1"]
            assert agent.end(signal.SIGTERM) == 0
        assert simulator.node_ids == []
        assert "canary" not in agent.output


def test_the_agent_runs_without_systemd_too() -> None:
    script = EXAMPLES / "systemd" / "node_agent_service.py"
    with (
        KernelSimulator() as simulator,
        running([sys.executable, str(script), "--kernel", simulator.url, "--id", "edge-1"]) as agent,
    ):
        agent.wait_for("registering -> registered")


@pytest.fixture
def unit(tmp_path: Path) -> str:
    """The unit with a Python that is there, in the form in which systemd-analyze asks for it."""
    text = (EXAMPLES / "systemd" / UNIT).read_text(encoding="utf-8")
    assert INSTALLED_PYTHON in text
    (tmp_path / UNIT).write_text(text.replace(INSTALLED_PYTHON, sys.executable), encoding="utf-8")
    return str(tmp_path / UNIT)


@needs_systemd
def test_systemd_takes_the_unit(unit: str) -> None:
    instance = unit.replace("@.", "@edge-1.")
    assert analyze("verify", instance) == ""


@needs_systemd
def test_the_service_can_do_little_else(unit: str) -> None:
    analyze("security", "--offline=true", f"--threshold={WORST_EXPOSURE}", unit)


def analyze(*arguments: str) -> str:
    """Return what systemd-analyze complains about; fail where it fails."""
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr
