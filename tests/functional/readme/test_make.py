"""The Makefile where something is missing on the machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

PYTHON_WITHOUT_ENSUREPIP = """#!/bin/sh
[ "$1" = -c ] && exit 0
mkdir -p "$3/bin" && ln -s /bin/sh "$3/bin/python"
echo 'ensurepip is not available' >&2
exit 1
"""


@pytest.mark.checkout
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_an_environment_that_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    python, environment = tmp_path / "python", tmp_path / "venv"
    python.write_text(PYTHON_WITHOUT_ENSUREPIP)
    python.chmod(0o755)
    make = ["make", f"VENV={environment}", f"PYTHON={python}", str(environment / "bin" / "python")]
    for _ in range(2):
        run = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode != 0
        assert "ensurepip is not available" in run.stderr
