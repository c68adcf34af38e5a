"""The suggested version step."""

import pytest

from codegen.changes import Audience, Direction, Finding, Place, Severity
from codegen.changes.versions import Step, suggest


def findings(*severities: Severity) -> list[Finding]:
    return [
        Finding((Place("X"),), "closed", {Direction.REQUEST}, {Audience.PANELS}, severity, "What.", "Do.")
        for severity in severities
    ]


@pytest.mark.parametrize(
    ("version", "severities", "step", "following"),
    [
        ("1.2.3", (Severity.COMPATIBLE, Severity.BREAKING, Severity.RISKY), Step.MAJOR, "2.0.0"),
        ("1.2.3", (Severity.COMPATIBLE, Severity.RISKY), Step.MINOR, "1.3.0"),
        ("1.2.3", (Severity.COMPATIBLE,), Step.MINOR, "1.3.0"),
        ("1.2.3", (), Step.PATCH, "1.2.4"),
        ("0.4.1", (Severity.BREAKING,), Step.MINOR, "0.5.0"),
        ("0.4.1", (Severity.COMPATIBLE,), Step.MINOR, "0.5.0"),
        ("0.4.1", (), Step.PATCH, "0.4.2"),
        ("2024-01", (Severity.BREAKING,), Step.MAJOR, None),
        ("", (), Step.PATCH, None),
    ],
)
def test_the_step_follows_semantic_versioning(
    version: str, severities: tuple[Severity, ...], step: Step, following: str | None
) -> None:
    suggestion = suggest(version, findings(*severities))
    assert (suggestion.step, suggestion.following) == (step, following)


def test_the_reason_explains_why_a_break_is_a_minor_step_while_the_version_begins_with_0() -> None:
    reason = "Something breaks. While the version begins with 0, what breaks raises the second number."
    assert suggest("0.4.1", findings(Severity.BREAKING)).reason == reason
    assert suggest("1.0.0", findings(Severity.BREAKING)).reason == "Something breaks."
