"""Examples that run to their end."""

from pathlib import Path

import pytest

from tests.functional.examples.running import EXAMPLES, run_python


def test_a_panels_own_tests_pass(tmp_path: Path) -> None:
    """As in a project that has no other plugins and no settings: loading ours would take most of the time."""
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    plugins = ("-p", "no:cacheprovider", "-p", "znp_panel_sync.testing.pytest_plugin")
    printed = run_python(
        *("-m", "pytest", "-q", "-c", str(settings), *plugins, str(EXAMPLES / "testing_a_panel")),
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "5 passed" in printed


@pytest.mark.checkout
def test_a_changed_contract_is_generated_and_reported(tmp_path: Path) -> None:
    printed = run_python("-m", "examples.regenerate.regenerate", "--folder", str(tmp_path))
    assert "Generated 35 operations" in printed
    assert "**1 breaking, 0 risky, 1 compatible.** It breaks panels alone." in printed
    assert "It moved from `GET /v1/interfaces` to `GET /v1/network-interfaces`." in printed
    model = tmp_path / "znp_kernel_client" / "models" / "interface_list_response.py"
    assert "total: int" in model.read_text(encoding="utf-8")
