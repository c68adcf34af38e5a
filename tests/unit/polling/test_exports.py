"""The names of the room."""

import subprocess
import sys

from znp_panel_sync import polling


def test_every_name_is_there_and_in_order() -> None:
    assert polling.__all__ == sorted(polling.__all__, key=str)
    assert all(hasattr(polling, name) for name in polling.__all__)


def test_importing_it_loads_neither_httpx_nor_sqlalchemy() -> None:
    code = "import sys, znp_panel_sync.polling; sys.exit(sum(name in sys.modules for name in ('httpx', 'sqlalchemy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
