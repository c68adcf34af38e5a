"""Change the contract, generate the client anew, and read what the change breaks.

Works on copies in a folder of its own, from a checkout of this repository::

    python -m examples.regenerate.regenerate --folder /tmp/try

What it does is three commands::

    cp core.yaml /tmp/try/core.yaml                               # and edit the copy
    python -m codegen generate --contract /tmp/try/core.yaml --output /tmp/try/znp_kernel_client
    python -m codegen changes core.yaml /tmp/try/core.yaml
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BREAKS = 1
"""Exit status of `codegen changes` that says: something breaks."""

MOVED_PATH = ("/v1/interfaces:", "/v1/network-interfaces:")
"""No panel that was built before finds the interfaces there."""

NEW_FIELD = (
    "        interfaces:\n          type: array\n",
    "        total:\n          type: integer\n          format: int64\n        interfaces:\n          type: array\n",
)
"""Panels that were built before do without it."""


def edited(contract: str) -> str:
    """Return the contract with a change that breaks panels, and one that does not."""
    for before, after in (MOVED_PATH, NEW_FIELD):
        contract = contract.replace(before, after, 1)
    return contract


def codegen(*arguments: str | Path, may_end_with: tuple[int, ...] = (0,)) -> str:
    """Run a command of the generator and return what it printed."""
    command = [sys.executable, "-m", "codegen", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in may_end_with:
        raise SystemExit(done.stderr)
    return done.stdout


def main(folder: Path) -> None:
    before, after = ROOT / "core.yaml", folder / "core.yaml"
    after.write_text(edited(before.read_text(encoding="utf-8")), encoding="utf-8")
    print(codegen("generate", "--contract", after, "--output", folder / "znp_kernel_client"))
    print(codegen("changes", before, after, may_end_with=(0, BREAKS)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="an existing folder for the results; without it, nothing is kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        main(given.folder or Path(scratch))
