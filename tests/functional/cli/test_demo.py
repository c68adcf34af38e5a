"""The demo, as a command; that it plays to its end is tested with the examples."""

import pytest

from tests.functional.cli.support import invoke
from znp_panel_sync.cli import demonstration


def test_a_step_that_does_not_come_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "STEP_LIMIT_SECONDS", 0.0)
    monkeypatch.setattr(demonstration, "POLL_SECONDS", 30.0)
    result = invoke("demo")
    assert result.exit_code == 1
    assert "kernel tokyo" in result.stdout
    assert result.stderr == "the demo failed: waited 0 s in vain: all nodes online\n"
