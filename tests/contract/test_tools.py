"""The tools that people import the contract into accept it without a word."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.contract.document import CONTRACT, Document

INSTALLED_REDOCLY = CONTRACT.parent / ".venv" / "redocly" / "node_modules" / ".bin" / "redocly"
REDOCLY = Path(os.environ.get("REDOCLY", INSTALLED_REDOCLY))


def validator_findings(document: Document) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in OpenAPIV30SpecValidator(document).iter_errors()]


def test_the_spec_validator_finds_nothing(contract: Document) -> None:
    assert validator_findings(contract) == []


def test_the_spec_validator_would_find_an_undeclared_path_parameter(contract: Document) -> None:
    contract["paths"]["/v1/users/{id}"]["get"]["parameters"].pop(0)
    assert any("id" in finding for finding in validator_findings(contract))


def redocly_problems(file: Path) -> list[str]:
    """What Redocly's `spec` ruleset says about a contract, with every request of the tool to its home switched off."""
    if not REDOCLY.exists() or not shutil.which("node"):
        pytest.skip(f"Redocly CLI is not installed at {REDOCLY} (package.json beside this test), or node is missing")
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    command = [str(REDOCLY), "lint", "--extends=spec", "--format=json", str(file)]
    run = subprocess.run(command, cwd=file.parent, env=os.environ | quiet, capture_output=True, text=True, check=False)
    report = json.loads(run.stdout[run.stdout.index("{") :])
    return [f"{problem['ruleId']}: {problem['message']}" for problem in report["problems"]]


def copied(folder: Path, text: str) -> Path:
    """A contract in a folder of its own, away from any configuration of the tool."""
    file = folder / "core.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_redocly_finds_nothing(tmp_path: Path) -> None:
    assert redocly_problems(copied(tmp_path, CONTRACT.read_text(encoding="utf-8"))) == []


def test_redocly_would_find_a_dangling_reference(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace("parameters/StreamMode'", "parameters/StreamMood'")
    assert {problem.split(":")[0] for problem in redocly_problems(copied(tmp_path, text))} == {"no-unresolved-refs"}


def test_the_stock_generator_digests_every_operation(tmp_path: Path) -> None:
    arguments = ["generate", "--path", str(CONTRACT), "--meta", "none", "--output-path", "out", "--fail-on-warning"]
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    command = [sys.executable, "-m", "openapi_python_client", *arguments]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "warning" not in (run.stdout + run.stderr).lower()
    modules = [path for path in (tmp_path / "out" / "api").glob("*/*.py") if path.name != "__init__.py"]
    assert len(modules) == 39
