"""The form of the report: what a maintainer pastes into a pull request, and what a program reads."""

import json
from typing import Any

import pytest
from jsonschema import validate

from codegen.changes import Audience, Direction, Finding, Place, Report, Severity
from tests.unit.codegen.changes.mutations import prepared
from tests.unit.codegen.changes.support import Editor, findings_of

GOLDEN = """\
# Contract changes: 1.4.2 → 1.5.0

**3 breaking, 1 risky, 1 compatible.** It breaks panels and agents.

## Breaking

| where | what | direction | who is hit | what to do |
| --- | --- | --- | --- | --- |
| ProtocolHeartbeatRequest.message | It is required now. | request | agents | Set it in every request. |
| beat | The method `send_heartbeat` is called `beat` now. | python | agents | Rename calls and imports. |
| delete_rate_limit > query key | The query parameter `key` is gone. | request | panels | Stop passing it. |

## Risky: nothing fails, but check

| where | what | direction | who is hit | what to do |
| --- | --- | --- | --- | --- |
| TlsMode | The value `a\\|b` is new. | response | panels | Handle it, or unknown values. |

## Compatible

| where | what | direction | who is hit | what to do |
| --- | --- | --- | --- | --- |
| NodeStatus.region | The field `region` is new. | response | panels | Nothing. |

## Version step

**Major**: 1.4.2 → 2.0.0. Something breaks.
"""

SCHEMA = {
    "type": "object",
    "required": ["old", "new", "breaks", "summary", "findings", "step"],
    "additionalProperties": False,
    "properties": {
        "old": {"type": "string"},
        "new": {"type": "string"},
        "breaks": {"type": "boolean"},
        "summary": {
            "type": "object",
            "required": ["breaking", "risky", "compatible"],
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["places", "kind", "direction", "hits", "severity", "what", "todo"],
                "additionalProperties": False,
                "properties": {
                    "places": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    "kind": {"type": "string"},
                    "direction": {"enum": ["request", "response", "python", "both"]},
                    "hits": {"enum": ["panels", "agents", "both"]},
                    "severity": {"enum": ["breaking", "risky", "compatible"]},
                    "what": {"type": "string", "minLength": 1},
                    "todo": {"type": "string", "minLength": 1},
                },
            },
        },
        "step": {
            "type": "object",
            "required": ["step", "version", "reason"],
            "additionalProperties": False,
            "properties": {
                "step": {"enum": ["major", "minor", "patch"]},
                "version": {"type": ["string", "null"]},
                "reason": {"type": "string", "minLength": 1},
            },
        },
    },
}


def several_changes(contract: Editor) -> None:
    contract.schemas["ProtocolHeartbeatRequest"]["required"] = ["message"]
    contract.operation("send_heartbeat")["operationId"] = "beat"
    contract.operation("delete_rate_limit")["parameters"] = [contract.parameters("delete_rate_limit")["scope"]]
    contract.schemas["TlsMode"]["enum"].append("a|b")
    contract.fields("NodeStatus")["region"] = {"type": "string"}


def a_finding(severity: Severity, *hits: Audience) -> Finding:
    return Finding((Place("X"),), "closed", {Direction.REQUEST}, set(hits), severity, "What.", "Do.")


def test_the_markdown_has_its_golden_form() -> None:
    assert Report("1.4.2", "1.5.0", findings_of(several_changes, prepared)).markdown() == GOLDEN


def test_the_json_keeps_its_schema_and_tells_the_same() -> None:
    report = Report("1.4.2", "1.5.0", findings_of(several_changes, prepared))
    document: dict[str, Any] = json.loads(report.json())
    validate(document, SCHEMA)
    assert document["summary"] == {"breaking": 3, "risky": 1, "compatible": 1}
    assert document["step"] == {"step": "major", "version": "2.0.0", "reason": "Something breaks."}
    assert document["findings"][0] == {
        "places": ["ProtocolHeartbeatRequest.message"],
        "kind": "field-required",
        "direction": "request",
        "hits": "agents",
        "severity": "breaking",
        "what": "It is required now.",
        "todo": "Set it in every request.",
    }


def test_a_report_without_findings_says_so() -> None:
    report = Report("", "", [])
    validate(json.loads(report.json()), SCHEMA)
    assert report.breaks is False
    assert report.markdown() == (
        "# Contract changes: ? → ?\n\nNothing changes on the wire or for importers.\n\n"
        "## Version step\n\n**Patch**. Nothing changes but prose, if anything.\n"
    )


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([a_finding(Severity.COMPATIBLE, Audience.PANELS)], "Nothing breaks."),
        ([a_finding(Severity.RISKY, Audience.AGENTS)], "Nothing breaks."),
        ([a_finding(Severity.BREAKING, Audience.AGENTS)], "It breaks agents alone."),
        ([a_finding(Severity.BREAKING, Audience.PANELS)], "It breaks panels alone."),
        ([a_finding(Severity.BREAKING, Audience.PANELS, Audience.AGENTS)], "It breaks panels and agents."),
        ([a_finding(Severity.BREAKING, each) for each in Audience], "It breaks panels and agents."),
    ],
)
def test_the_summary_says_whom_it_breaks(findings: list[Finding], verdict: str) -> None:
    assert f"** {verdict}\n" in Report("1.0.0", "2.0.0", findings).markdown()
    assert Report("1.0.0", "2.0.0", findings).breaks is (verdict != "Nothing breaks.")
