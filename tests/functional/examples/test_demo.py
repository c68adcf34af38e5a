"""The demo and the simulated kernel run as a newcomer runs them."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from znp_panel_sync import Kernel, NodeControl

ROOT = Path(__file__).resolve().parents[3]


def test_the_demo_tells_each_transition_and_ends_by_itself() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    for told in (
        r"panel polls +tokyo is offline \(refused\)",
        r"agent tokyo +lost -> registered",
        r"panel is told +node_degraded of edge-paris",
        r"panel is told +node_removed of edge-hk",
    ):
        assert re.search(told, ran.stdout), told
    assert "each once; subscription 42 used 5000000 bytes." in ran.stdout.splitlines()[-1]


def test_the_simulated_kernel_serves_until_it_is_told_to_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(ROOT / "examples" / "simulated_kernel.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[-1]
        with Kernel(NodeControl(url)) as kernel:
            assert kernel.healthy()
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (0, "")
