"""The commands as a maintainer runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.generation import Outcome, build
from tests.unit.codegen.contracts import CORE, RAW, ROOT, STRING, answering, contract, operation, write


def test_generate_replaces_a_package_and_lists_repairs_and_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "deep" / "client"
    build(write(tmp_path / "core.yaml", contract({"/x": {"get": operation()}})), output)
    (output / "stale.py").write_text("", encoding="utf-8")
    assert main(["generate", "--contract", str(RAW), "--output", str(output)]) == 0
    title, *repairs, left, stream, socket, result = capsys.readouterr().out.splitlines()
    assert title == f"Repaired in memory: {len(repairs)}"
    assert "  write_statuses_as_text: #/paths/~1healthz/get/responses: status 200 is text now" in repairs
    assert (left, stream, socket) == ("Left to hand-written code: 2", "  GET /v1/nodes/stream", "  GET /v1/nodes/ws")
    assert result == f"Generated 7 operations into {output}."
    assert (output / "api" / "nodes" / "get_nodes.py").exists()
    assert not (output / "stale.py").exists()
    assert [path.name for path in output.parent.iterdir()] == ["client"]


def test_check_is_silent_about_what_comes_out(
    raw_run: tuple[Path, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--contract", str(RAW), "--output", str(raw_run[0])]) == 0
    assert capsys.readouterr().out == ""


def test_check_shows_how_the_committed_package_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "core.yaml", contract({"/x": {"get": operation()}}))
    output = tmp_path / "client"
    output.mkdir()
    assert main(["check", "--contract", str(file), "--output", str(output)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "__init__.py: comes out, but is not committed" in lines
    assert lines[-1] == f"{output} is not what comes out of {file}; run: python -m codegen generate"


def test_the_projects_contract_has_nothing_to_put_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--contract", str(CORE)]) == 0
    assert capsys.readouterr().out == ""


def test_lint_lists_what_to_put_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = {
        "a": {"type": "integer"},
        "b": {"$ref": "#/components/schemas/B"},
        "c": {"allOf": [{"$ref": "#/components/schemas/B"}]},
    }
    document = contract(
        {"/x/{id}": {"get": answering(STRING, parameters=[{"name": "q", "in": "query", "schema": STRING}])}},
        A={"type": "object", "properties": fields},
        B={"type": "object", "description": "described", "properties": {"d": STRING | {"description": "d"}}},
    )
    assert main(["lint", "--contract", str(write(tmp_path / "core.yaml", document))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "#/paths/~1x~1{id}/get: has no summary" in lines
    assert "#/paths/~1x~1{id}/get: has no description" in lines
    assert "#/paths/~1x~1{id}/get/parameters/0: has no description" in lines
    assert "#/components/schemas/A: has no description" in lines
    assert "#/components/schemas/A/properties/a: has no description" in lines
    assert "#/components/schemas/A/properties/a: an integer must be int64, as counters and milliseconds are" in lines
    assert any("needs the repair declare_path_parameters" in line for line in lines)
    assert any("id" in line and "resolved" in line.lower() for line in lines)
    assert not any("/properties/b" in line or "/properties/c" in line or "/properties/d" in line for line in lines)


@pytest.mark.parametrize("command", ["generate", "check", "lint"])
def test_a_contract_beyond_repair_is_an_error_with_its_place(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "core.yaml"
    file.write_text("openapi: [3.0.3\n", encoding="utf-8")
    assert main([command, "--contract", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {file}, line 2: does not parse")
    assert len(error.splitlines()) == 1


def test_an_output_below_a_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["generate", "--output", str(tmp_path / "file" / "client")]) == 2
    assert "file" in capsys.readouterr().err


def test_a_report_can_be_printed_on_any_terminal() -> None:
    command = [sys.executable, "-m", "codegen", "changes", str(RAW), str(RAW)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="ascii", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Contract changes: 1.0 \\u2192 1.0")


def test_changes_are_handed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", str(CORE), str(CORE), "--format", "json"]) == 0
    assert capsys.readouterr().out.startswith("{")


def test_a_wrong_call_says_how_to_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["polish"])
    assert caught.value.code == 2
    assert "usage: python -m codegen" in capsys.readouterr().err


def test_the_commands_run_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codegen", "lint", "--contract", str(tmp_path / "missing.yaml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_help_documents_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "exit status:" in capsys.readouterr().out
