"""The command as it is run: files in, report out, exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.changes import run
from codegen.contract import ContractError
from tests.unit.codegen.changes.support import CORE, Editor, unprepared

RAW = """\
openapi: 3.0.3
info: {title: 内核, version: 0.3.0}
security: [{basicAuth: []}]
paths:
  /v1/protocols/registrations/{id}/heartbeat:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Beat'}}}
      responses:
        '200': {description: 成功}
  /v1/users/{id}:
    get:
      summary: 用户
      responses:
        '200':
          description: 成功
          content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}
components:
  securitySchemes:
    basicAuth: {type: http, scheme: basic}
  schemas:
    Beat:
      type: object
      properties:
        status:
          oneOf:
            - {type: string, enum: [Healthy]}
            - {type: object, properties: {Degraded: {type: object}}, additionalProperties: false}
    User:
      type: object
      properties:
        name: {type: string, nullable: true}
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "raw.yaml"
    path.write_text(RAW, encoding="utf-8")
    return path


def changed(raw: Path, old: str, new: str) -> Path:
    text = raw.read_text(encoding="utf-8")
    assert old in text
    path = raw.with_name("changed.yaml")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def findings(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return [(each["places"][0], each["kind"], each["hits"]) for each in document["findings"]]


def test_it_prints_markdown_and_exits_with_1_when_something_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = Editor(unprepared)
    del edited.fields("NodeStatus")["protocol"]
    new = tmp_path / "new.json"
    new.write_text(json.dumps(edited.document), encoding="utf-8")
    assert run(CORE, new, "markdown") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("# Contract changes: ")
    assert "| NodeStatus.protocol | The field `protocol` is gone from responses. | response | panels | " in printed


def test_it_prints_json_and_exits_with_0_when_nothing_breaks(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(raw, changed(raw, "summary: 用户", "summary: One user"), "json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: {", "title: {", [("User.name", "field-removed", "panels"), ("User.title", "field-added", "panels")]),
        ("Degraded:", "Failing:", [
            ("Beat.status", "variant-removed", "agents"),
            ("BeatStatusDegraded", "class-removed", "agents"),
            ("Beat.status", "variant-added", "agents"),
            ("BeatStatusFailing", "class-added", "agents"),
        ]),
        ("/v1/users/{id}", "/v1/users/{user}", [("get_users_by_user", "operation-renamed", "panels")]),
        ("[{basicAuth: []}]", "[{bearerAuth: []}]", [
            ("POST /v1/protocols/registrations/{id}/heartbeat > security", "security-removed", "both"),
        ]),
    ],
)  # fmt: skip
def test_contracts_without_ids_tags_and_declared_parameters_are_compared(
    raw: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    assert run(raw, changed(raw, old, new), "json") == 1
    assert set(expected) <= set(findings(capsys))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("security: [{basicAuth: []}]\n", ""),
        ("/v1/users/{id}:\n", "/v1/users/{id}: {$ref: '#/paths/~1v1~1people'}\n  /v1/people:\n"),
    ],
)
def test_what_hurts_nobody_raises_no_alarm(raw: Path, capsys: pytest.CaptureFixture[str], old: str, new: str) -> None:
    assert run(raw, changed(raw, old, new), "json") == 0
    assert "removed" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("tags: [7]", []),
        ("operationId: 7", []),
        (
            "parameters: [{in: query, name: q, schema: {type: number, enum: [1.5, 2]}}]",
            ["parameter-added", "class-added"],
        ),
    ],
)
def test_numbers_where_texts_are_usual_are_compared(
    raw: Path, capsys: pytest.CaptureFixture[str], written: str, kinds: list[str]
) -> None:
    assert run(raw, changed(raw, "summary: 用户", written), "json") == 0
    assert [kind for _, kind, _ in findings(capsys)] == kinds


def test_a_file_that_is_no_contract_is_an_error_with_its_place(raw: Path) -> None:
    with pytest.raises(ContractError, match=r"paths.*: #/components/schemas/Nobody leads nowhere"):
        run(raw, changed(raw, "schemas/User'", "schemas/Nobody'"), "json")


def test_references_in_a_circle_are_an_error(raw: Path) -> None:
    circle = (
        "    Here: {$ref: '#/components/schemas/There'}\n    There: {$ref: '#/components/schemas/Here'}\n    Beat:\n"
    )
    with pytest.raises(ContractError, match="refers to itself"):
        run(raw, changed(raw, "    Beat:\n", circle), "json")


def test_a_contract_is_read_from_yaml_and_json_alike(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = tmp_path / "twin.json"
    twin.write_text(json.dumps(yaml.safe_load(RAW)), encoding="utf-8")
    assert run(raw, twin, "json") == 0
    assert findings(capsys) == []
