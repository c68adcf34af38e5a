"""Run the suite against the built wheel: in a new environment, from a folder without the packages' sources.

python -m tests.against_wheel [PYTEST OPTION ...]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("znp_kernel_client", "znp_panel_sync")
#: What tests read beside the packages under test.
COMPANIONS = ("tests", "codegen", "examples", "benchmarks", "docs")


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command and stop everything when it fails."""
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def build_wheel(into: Path) -> Path:
    """Build the wheel and return its path."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", into, cwd=ROOT)
    return next(into.glob("*.whl"))


def lay_out_tests(folder: Path) -> None:
    """Copy the tests and what they need, but not the packages, so that only the wheel can be imported."""
    folder.mkdir()
    for name in COMPANIONS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)


def all_extras() -> str:
    """Every extra of the package, as pip writes them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return ",".join(project["optional-dependencies"])


def main() -> None:
    """Build, install, test."""
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        wheel = build_wheel(here / "dist")
        venv.create(here / "venv", with_pip=True)
        python = here / "venv" / "bin" / "python"
        install: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        constraints: list[str | Path] = ["--constraint", ROOT / "constraints.txt"]
        run(*install, *constraints, "--requirement", ROOT / "requirements-dev.txt", cwd=here)
        run(*install, *constraints, f"{wheel}[{all_extras()}]", cwd=here)
        folder = here / "suite"
        lay_out_tests(folder)
        os.environ["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        os.environ.setdefault("REDOCLY", str(ROOT / ".venv/redocly/node_modules/.bin/redocly"))
        run(python, "-m", "pytest", "--numprocesses", "3", "-m", "not checkout", *sys.argv[1:], cwd=folder)


if __name__ == "__main__":
    main()
