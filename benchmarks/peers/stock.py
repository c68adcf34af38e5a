"""The client that openapi-python-client makes of the contract by itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def stock_client(folder: Path) -> bool:
    """Generate it as the package `stock` in a folder; False when the generator is not installed."""
    program = Path(sys.executable).parent / "openapi-python-client"
    if not program.exists():
        return False
    target = folder / "stock"
    command = [str(program), "generate", "--path", "core.yaml", "--output-path", str(target), "--meta", "none"]
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)  # it warns of what it leaves out
    return (target / "client.py").exists()
