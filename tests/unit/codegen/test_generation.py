"""The whole way from a contract to a package."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import znp_kernel_client
from codegen.checking import refuse_faults
from codegen.contract import ContractError, Document
from codegen.generation import Outcome, build, generate
from codegen.placing import MARK, differences, refuse_foreign, swap
from codegen.tools import GenerationError, refuse_other_tools
from tests.unit.codegen.contracts import CORE, JSON, RAW, ROOT, STRING, answering, contract, operation, write

COMMITTED = Path(znp_kernel_client.__file__).parent


def run(code: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        check=False,
        args=[sys.executable, "-W", "error", "-B", "-c", code],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_raw_contract_is_digested_but_for_its_streams(raw_run: tuple[Path, Outcome]) -> None:
    package, outcome = raw_run
    assert outcome.streams == ["GET /v1/nodes/stream", "GET /v1/nodes/ws"]
    assert outcome.operations == [
        "get_healthz",
        "get_nodes",
        "post_nodes",
        "get_nodes_by_node_id_links_by_link",
        "delete_nodes_by_node_id_links_by_link",
        "post_requests",
        "post_requests_by_operation",
    ]
    assert len(outcome.repairs) > 30
    assert (package / "py.typed").exists()
    assert "节点编号" in (package / "models" / "node.py").read_text(encoding="utf-8")


def test_the_package_of_a_raw_contract_works(raw_run: tuple[Path, Outcome]) -> None:
    code = """
from raw_client.models import Node
from raw_client.types import RawResponse
from raw_client.api.nodes import get_nodes, get_nodes_by_node_id_links_by_link, post_nodes
from raw_client.api.requests import RequestsApi, post_requests_by_operation
from raw_client.models import FieldModel, RequestModel
node = {
    "id": "a", "state": "odd", "mode": "a_b", "level": None, "limits": None, "spare": {"up": None}, "colour": "blue",
    "place": {"rack": None, "row": 1}, "labels": None, "weights": {"x": 1}, "since": "2020-13-01", "to_dict": 1,
    "health": {"Unhealthy": {"failures": 3}}, "action": {"kind": "Deny"}, "links": [{"grade": 4, "sizes": [1]}],
}
model = Node.from_dict(node)
assert model.to_dict() == node
print(type(model.health).__name__, type(model.action).__name__, model.place.rack, model.links[0].grade)
print(get_nodes.build_request(label=["a", "b"]).query, post_nodes.build_request(model).success)
print(post_nodes.parse_response(RawResponse(201, {}, b'{"id": "b"}')).id)
allowed = {"action": {"kind": "allow", "target": "x"}, "id": "c"}
print(type(Node.from_dict(allowed).action).__name__)
print(get_nodes_by_node_id_links_by_link.parse_response(RawResponse(204, {}, b"")))
print(post_requests_by_operation.parse_response(RawResponse(200, {}, b'"done"')))
class Executor:
    def execute(self, request, parse):
        print(request.path, request.query, request.content)
        return parse(RawResponse(200, {}, b'"sent"')) and RawResponse(200, {}, b"").parsed_by(lambda raw: "sent")
body = RequestModel(field="f", password="p", body=FieldModel.A)
print(RequestsApi(Executor()).post_requests_by_operation("o", body, body_="b", query_pairs_="q"))
"""
    assert run(code, raw_run[0].parent).splitlines() == [
        "HealthUnhealthy Deny None 4",
        "(('label', 'a'), ('label', 'b')) (201,)",
        "b",
        "Allow",
        "None",
        "done",
        """/v1/requests/o (('body', 'b'), ('query_pairs', 'q')) b'{"field":"f","password":"p","body":"a"}'""",
        "sent",
    ]


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Shanghai", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/Caracas"},
    ],
)
def test_output_does_not_depend_on_the_surroundings(
    environment: dict[str, str], tmp_path: Path, raw_run: tuple[Path, Outcome]
) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 40\nindent-width = 2\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*\n", encoding="utf-8")
    code = "import sys; from pathlib import Path; from codegen.generation import build\nbuild(*map(Path, sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", code, str(RAW), str(tmp_path / "raw_client")],
        cwd=tmp_path,
        env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert list(differences(raw_run[0], tmp_path / "raw_client")) == []


@pytest.mark.checkout
def test_the_committed_package_is_what_comes_out(tmp_path: Path) -> None:
    outcome = build(CORE, tmp_path / COMMITTED.name)
    assert list(differences(COMMITTED, tmp_path / COMMITTED.name)) == []
    assert len(outcome.operations) == 35
    assert len(outcome.streams) == 4


@pytest.mark.parametrize("existing", ["file.txt", "__init__.py"])
def test_what_was_not_generated_is_not_replaced(tmp_path: Path, existing: str) -> None:
    output = tmp_path / "mine"
    output.mkdir()
    (output / existing).write_text("precious", encoding="utf-8")
    with pytest.raises(ContractError, match="is not a generated package"):
        generate(RAW, output)
    assert (output / existing).read_text(encoding="utf-8") == "precious"


def test_a_file_is_not_replaced_but_an_empty_folder_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ContractError, match="is not a generated package"):
        refuse_foreign(tmp_path / "file")
    refuse_foreign(tmp_path / "folder")


def test_an_output_that_python_cannot_import_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="a name that Python can import"):
        generate(RAW, tmp_path / "not-a-name")


class Interrupted(type(Path())):  # type: ignore[misc]
    """A new package whose move is interrupted from the keyboard."""

    def rename(self, target: Path) -> Path:
        if self.name == "client":
            raise KeyboardInterrupt
        return Path(super().rename(target))


@pytest.mark.parametrize(
    ("package", "error"),
    [
        (Path("work", "client"), FileNotFoundError),
        (Path("no folder", "client"), FileNotFoundError),
        (Interrupted("work", "client"), KeyboardInterrupt),
    ],
)
def test_the_old_package_comes_back_if_the_new_one_cannot_be_moved(
    tmp_path: Path, package: Path, error: type[BaseException]
) -> None:
    old = tmp_path / "client"
    old.mkdir()
    (old / "__init__.py").write_text(MARK, encoding="utf-8")
    (tmp_path / "work").mkdir()
    with pytest.raises(error):
        swap(type(package)(tmp_path, package), old)
    assert (old / "__init__.py").read_text(encoding="utf-8") == MARK


def test_a_package_is_moved_to_where_nothing_stands(tmp_path: Path) -> None:
    package = empty_package(tmp_path / "work", MARK)
    swap(package, tmp_path / "client")
    assert (tmp_path / "client" / "__init__.py").read_text(encoding="utf-8") == MARK
    assert not package.exists()


def empty_package(folder: Path, text: str = "") -> Path:
    package = folder / "client"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text(text, encoding="utf-8")
    (package / "models" / "__init__.py").write_text("__all__: list[str] = []\n", encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("text", "operations", "problem"),
    [
        ("", ["get_x"], "operation get_x did not come out"),
        ("from .gone import x\n", [], "a module does not import:\n(.|\n)*No module named 'client.gone'"),
        ("x: int = 'a'\n", [], "types are not clean:\n.*Incompatible types"),
    ],
)
def test_a_package_with_a_fault_is_refused(tmp_path: Path, text: str, operations: list[str], problem: str) -> None:
    with pytest.raises(GenerationError, match=problem):
        refuse_faults(empty_package(tmp_path, text), operations)


def test_another_version_of_a_tool_is_refused() -> None:
    with pytest.raises(GenerationError, match=r"ruff .* is installed, but the package is made with 0\.0\.1"):
        refuse_other_tools({"ruff": "0.0.1"})


TWICE = {"type": "object", "properties": {"a": STRING}}
LIST = {"name": "a", "in": "query", "schema": {"type": "array", "items": STRING}}


@pytest.mark.parametrize(
    ("document", "place", "problem"),
    [
        (
            contract({"/x": {"get": operation(), "put": operation(operationId="getX")}}),
            "#/paths",
            "two operations would be api/x/get_x.py",
        ),
        (
            contract(FooBar=TWICE, foo_bar=TWICE),
            "#/components/schemas/foo_bar",
            'duplicate models with name "FooBar"',
        ),
        (
            contract(A={"type": "object", "properties": {"x": {"type": "string", "enum": ["a", 1]}}}),
            "#/components/schemas/A",
            "<class 'int'>",
        ),
        (
            contract(A={"type": "string", "enum": ["a", "b"], "x-enum-varnames": ["X", "X"]}),
            "#",
            "Duplicate key X in enum",
        ),
        (
            contract({"/x/{id}{": {"post": operation(requestBody={"content": {JSON: {}}})}}),
            "#/paths/~1x~1{id}{/post",
            "Missing schema",
        ),
        (
            contract({"/x": {"post": operation(requestBody={"content": {"image/png": {"schema": STRING}}})}}),
            "#/paths/~1x/post/requestBody",
            "image/png cannot be carried: use application/json",
        ),
        (
            contract({"/x": {"get": operation(responses={"200": {"content": {"application/yaml": {}}}})}}),
            "#/paths/~1x/get/responses/200",
            "application/yaml cannot be carried: use application/json",
        ),
        (
            contract({"/x": {"get": operation(parameters=[{"name": "a", "in": "query", "content": {JSON: {}}}])}}),
            "#/paths/~1x/get",
            "the query parameter a cannot be sent: it has no schema",
        ),
        (
            contract({"/x": {"get": operation(parameters=[LIST | {"explode": False}])}}),
            "#/paths/~1x/get",
            "the query parameter a cannot be sent: only a list with `explode: true` can",
        ),
        (
            contract({"/x": {"get": operation(parameters=[LIST | {"style": "pipeDelimited"}])}}),
            "#/paths/~1x/get",
            "the query parameter a cannot be sent",
        ),
        (
            contract({"/x": {"get": operation(parameters=[LIST | {"schema": TWICE}])}}),
            "#/paths/~1x/get",
            "the query parameter a cannot be sent",
        ),
        (
            contract({"/x": {"get": operation(), "put": operation(operationId="get_x_detailed")}}),
            "#/paths",
            "two operations would be the method get_x_detailed of x",
        ),
        (contract() | {"info": {"title": "A kernel"}}, "#/info/version", "Field required"),
    ],
)
def test_what_cannot_be_generated_is_refused_with_its_place(
    tmp_path: Path, document: Document, place: str, problem: str
) -> None:
    with pytest.raises(ContractError) as caught:
        build(write(tmp_path / "core.yaml", document), tmp_path / "client")
    assert caught.value.place == place
    assert problem in caught.value.problem


def generated(tmp_path: Path, document: Document) -> Path:
    build(write(tmp_path / "core.yaml", document), tmp_path / "client")
    return tmp_path


def test_answers_bodies_and_statuses_of_every_kind(tmp_path: Path) -> None:
    item: dict[str, Any] = {"type": "object", "nullable": True, "properties": {"a": STRING}}
    plain = {"content": {JSON: {"schema": {"type": "integer"}}}}
    document = contract(
        {
            "/many": {"get": answering({"type": "array", "items": item}, operationId="many")},
            "/map": {"get": answering({"type": "object", "additionalProperties": item}, operationId="map_")},
            "/number": {
                "put": operation(operationId="number", responses={"2XX": plain}, requestBody=plain, deprecated=True)
            },
            "/either": {
                "get": answering({"oneOf": [{"type": "array", "items": STRING}, STRING]}, operationId="either"),
            },
            "/scalar": {"get": answering({"oneOf": [STRING, {"type": "integer"}]}, operationId="scalar")},
            "/none": {"get": operation(operationId="none", responses={"default": {"description": "any"}})},
            "/null": {
                "put": operation(
                    operationId="null",
                    requestBody={"required": True, "content": {JSON: {"schema": STRING | {"nullable": True}}}},
                )
            },
            "/named": {"get": answering({"$ref": "#/components/schemas/Grades"}, operationId="named")},
        },
        Grades={"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Grade"}},
        Grade={"type": "integer", "enum": [1, 2]},
        Tagged={
            "oneOf": [
                {
                    "type": "object",
                    "required": ["v"],
                    "properties": {"v": {"type": "integer", "enum": [1]}, "b": STRING},
                },
                {"type": "object", "additionalProperties": STRING},
            ]
        },
        Maybe={"oneOf": [{"$ref": "#/components/schemas/Plain"}], "nullable": True},
        Plain={"type": "object", "properties": {"tagged": {"$ref": "#/components/schemas/Tagged"}}},
    )
    code = """
from client.types import RawResponse
from client.api.x import either, many, map_, named, none, null, number, scalar
from client.models import Plain
def get(operation, content, status=200): return operation.parse_response(RawResponse(status, {}, content))
print(get(many, b'[{"a": "b"}, null]')[0].a, get(many, b'[null]'), get(map_, b'{"k": null}'))
print(get(number, b'3', 250), number.build_request().content, number.build_request(4).content)
print(get(either, b'["a"]'), get(either, b'"a"'), get(scalar, b'7'), get(none, b'', 206))
print(get(named, b'{"a": 2, "b": 9}'), null.build_request(None).content)
for tagged in ({"v": 1}, {"v": 2}, {"k": "w"}, 5):
    plain = Plain.from_dict({"tagged": tagged})
    assert plain.to_dict() == {"tagged": tagged}
    print(type(plain.tagged).__name__)
"""
    assert run(code, generated(tmp_path, document)).splitlines() == [
        "b [None] {'k': None}",
        "3 None b'4'",
        "['a'] a 7 None",
        "{'a': <Grade.VALUE_2: 2>, 'b': <Grade.9: 9>} b'null'",
        "Tagged1",
        "dict",
        "dict",
        "int",
    ]
    text = (tmp_path / "client" / "api" / "x" / "number.py").read_text(encoding="utf-8")
    assert "Deprecated: the contract advises against its use." in text


def test_descriptions_of_tags_and_parameters_come_out(tmp_path: Path) -> None:
    document = contract(
        {
            "/x/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": STRING, "description": "Which\n one"}
                ],
                "get": operation(summary="Is it there?", description="Tells whether."),
            }
        }
    )
    document["tags"] = [{"name": "x", "description": "All about x."}]
    folder = generated(tmp_path, document)
    code = "import client.api.x as x; print(x.XApi.__doc__, x.XApi.get_x.__doc__)"
    text = run(code, folder)
    for part in ("All about x.", "Is it there?", "Tells whether.", "id: Which one"):
        assert part in text


def test_descriptions_cannot_break_out_of_docstrings(tmp_path: Path) -> None:
    nasty = 'quotes """ and \\ backslash\n\n    indented ' + "long " * 60 + 'end"'
    document = contract({"/x": {"get": operation(summary=nasty)}}, A=TWICE | {"description": nasty})
    text = run("from client.models import A; print(A.__doc__)", generated(tmp_path, document))
    assert text.startswith('quotes """ and \\ backslash\n')
    assert all(len(line) <= 120 for line in text.splitlines())


def test_differences_are_readable(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        (folder / "__pycache__").mkdir(parents=True)
        (folder / "__pycache__" / f"{folder.name}.pyc").write_text("x", encoding="utf-8")
        (folder / "same.py").write_text("x = 1\n", encoding="utf-8")
        (folder / "long.py").write_text("\n".join(f"{folder.name} = {n}" for n in range(100)), encoding="utf-8")
        (folder / "short.py").write_text(f"{folder.name}\n", encoding="utf-8")
    (old / "gone.py").write_text("", encoding="utf-8")
    (new / "added.py").write_text("", encoding="utf-8")
    lines = list(differences(old, new))
    assert lines[0] == "added.py: comes out, but is not committed"
    assert lines[1] == "gone.py: is committed, but does not come out"
    assert lines[2:6] == ["long.py: differs", "--- committed", "+++ generated", "@@ -1,100 +1,100 @@"]
    assert "… 143 lines more" in lines
    assert lines[-6:] == ["short.py: differs", "--- committed", "+++ generated", "@@ -1 +1 @@", "-old", "+new"]
