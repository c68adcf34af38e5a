"""The wire surface is pinned: a change of it shows as a change of `wire-surface.txt`, line by line."""

import difflib
from collections.abc import Callable

import pytest

from tests.contract.document import Document, load_contract, operations
from tests.contract.wire_surface import COMMITTED, surface


def difference(contract: Document) -> list[str]:
    """Lines that left (`-`) or joined (`+`) the committed wire surface."""
    committed = COMMITTED.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(committed, surface(contract), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_the_wire_surface_is_the_committed_one(contract: Document) -> None:
    assert "\n".join(difference(contract)) == "", "if this is meant: python -m tests.contract.wire_surface"


def test_all_operations_and_schemas_are_there(contract: Document) -> None:
    assert len(list(operations(contract))) == 39
    assert len(contract["components"]["schemas"]) == 86 + 7, "86 of the wire and 7 that name parts of unions"


def schema(contract: Document, name: str) -> Document:
    found: Document = contract["components"]["schemas"][name]
    return found


def field(contract: Document, name: str, key: str) -> Document:
    found: Document = schema(contract, name)["properties"][key]
    return found


SELECTIONS = "select_node=SelectNodeAction, select_strategy=SelectStrategyAction"

ACCIDENTS: dict[str, tuple[Callable[[Document], object], list[str]]] = {
    "a path is renamed": (
        lambda contract: contract["paths"].update({"/health": contract["paths"].pop("/healthz")}),
        ["-GET /healthz (get_health)", "+GET /health (get_health)"],
    ),
    "a method is lost": (
        lambda contract: contract["paths"]["/v1/rules/providers"].pop("get"),
        [
            "-",
            "-GET /v1/rules/providers (list_rule_providers)",
            "-  200 application/json: [ProviderStatus]",
            "-  401 403 429 default application/json: ErrorResponse",
        ],
    ),
    "a shared parameter changes its type": (
        lambda contract: contract["components"]["parameters"]["Redact"]["schema"].update(type="string"),
        ["-  query redact: boolean", "+  query redact: string"] * 3,
    ),
    "a parameter becomes required": (
        lambda contract: contract["paths"]["/v1/audit"]["get"]["parameters"][0].update(required=True),
        ["-  query limit: integer int64", "+  query limit (required): integer int64"],
    ),
    "a range is narrowed": (
        lambda contract: contract["components"]["parameters"]["StreamInterval"]["schema"].update(maximum=30),
        ["-  query interval: integer int64 1 60", "+  query interval: integer int64 1 30"] * 2,
    ),
    "a body becomes optional": (
        lambda contract: contract["paths"]["/v1/export"]["post"]["requestBody"].pop("required"),
        ["-  body (required) application/json: ExportRequest", "+  body application/json: ExportRequest"],
    ),
    "a success changes its status": (
        lambda contract: (responses := contract["paths"]["/v1/users"]["post"]["responses"]).update(
            {"201": responses.pop("200")}
        ),
        ["-  200 application/json: UserCreateResponse", "+  201 application/json: UserCreateResponse"],
    ),
    "a security scheme is dropped": (
        lambda contract: contract["security"].pop(),
        ["-security: basicAuth or bearerAuth or none", "+security: basicAuth or bearerAuth"],
    ),
    "a field is renamed": (
        lambda contract: (fields := schema(contract, "Rate")["properties"]).update(upload=fields.pop("up")),
        ["-  up: integer int64?", "+  upload: integer int64?"],
    ),
    "a field loses its nullability": (
        lambda contract: field(contract, "NodeStatus", "description").pop("nullable"),
        ["-  description: string?", "+  description: string"],
    ),
    "a field changes its type": (
        lambda contract: field(contract, "AuditRecord", "success").update(type="string"),
        ["-  success: boolean", "+  success: string"],
    ),
    "a list of one thing becomes a list of another": (
        lambda contract: field(contract, "UserRegistryStatus", "users").update(items={"type": "string"}),
        ["-  users: [UserStatus]", "+  users: [string]"],
    ),
    "a map becomes free in form": (
        lambda contract: field(contract, "QuicStatus", "alpn").update(additionalProperties=True),
        ["-  alpn: map<integer int64>", "+  alpn: object"],
    ),
    "a field refers to another schema": (
        lambda contract: field(contract, "NodeStatus", "role").update(
            allOf=[{"$ref": "#/components/schemas/NodeHealthState"}]
        ),
        ["-  role: NodeRole", "+  role: NodeHealthState"],
    ),
    "an integer becomes a short one": (
        lambda contract: field(contract, "Traffic", "used").update(format="int32"),
        ["-  used: integer int64", "+  used: integer int32"],
    ),
    "a field becomes required": (
        lambda contract: schema(contract, "Rate").update(required=["up"]),
        ["-  up: integer int64?", "+  up (required): integer int64?"],
    ),
    "an enum loses a value": (
        lambda contract: schema(contract, "TlsMode")["enum"].remove("dual"),
        ["-TlsMode: string enum(disabled|server|client|dual)", "+TlsMode: string enum(disabled|server|client)"],
    ),
    "a union loses a variant": (
        lambda contract: schema(contract, "HealthStatus")["oneOf"].pop(),
        [
            "-HealthStatus: HealthyStatus | DegradedStatus | UnhealthyStatus",
            "+HealthStatus: HealthyStatus | DegradedStatus",
        ],
    ),
    "a closed schema is opened": (
        lambda contract: schema(contract, "DegradedStatus").pop("additionalProperties"),
        ["-DegradedStatus: closed object", "+DegradedStatus: object"],
    ),
    "a union's variants are told apart by other values": (
        lambda contract: schema(contract, "ActionView")["discriminator"]["mapping"].pop("reject"),
        [
            f"-  told apart by type: {SELECTIONS}, reject=RejectAction",
            f"+  told apart by type: {SELECTIONS}",
        ],
    ),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accidental_change_is_named(accident: str) -> None:
    contract = load_contract()
    change, expected = ACCIDENTS[accident]
    change(contract)
    assert sorted(difference(contract)) == sorted(expected)
