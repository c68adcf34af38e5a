"""Checks of a freshly generated package, before it may replace the old one."""

import os
import subprocess
import sys
from pathlib import Path

from codegen.tools import GenerationError

_IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
models = importlib.import_module(sys.argv[2] + ".models")
for name in models.__all__:
    getattr(getattr(models, name), "_fields", dict)()
"""
"""Imports every module, and has every model name its fields: only then do models import each other."""


def refuse_faults(package: Path, identifiers: list[str]) -> None:
    """Raise `GenerationError` unless every operation came out, every module imports, and types are clean."""
    _refuse_missing_operations(package, identifiers)
    _run("a module does not import", "-B", "-c", _IMPORT_ALL, str(package.parent), package.name, at=package)
    options = ("--strict", "--config-file=", f"--cache-dir={os.devnull}", "--no-error-summary")
    _run("types are not clean", "-m", "mypy", *options, package.name, at=package)


def _refuse_missing_operations(package: Path, identifiers: list[str]) -> None:
    texts = [module.read_text(encoding="utf-8") for module in sorted(package.glob("api/*/*.py"))]
    for identifier in identifiers:
        if not any(f'operation="{identifier}"' in text for text in texts):
            raise GenerationError(f"operation {identifier} did not come out")


def _run(problem: str, *arguments: str, at: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MYPY", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=at.parent,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise GenerationError(f"{problem}:\n{(done.stdout + done.stderr).strip()}")
