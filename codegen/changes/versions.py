"""The version step that a set of findings calls for."""

import re
from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from codegen.changes.findings import Finding, Severity

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Step(StrEnum):
    """The part of a version number that goes up."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


@frozen
class VersionStep:
    """What to release the new contract as. `following` is None where the old version is no `1.2.3`."""

    step: Step
    following: str | None
    reason: str


def suggest(version: str, findings: Sequence[Finding]) -> VersionStep:
    """Return the step from `version`, the old contract's, that semantic versioning asks for."""
    step, reason = _step(findings)
    numbers = _VERSION.fullmatch(version)
    if numbers is None:
        return VersionStep(step, None, reason)
    major, minor, patch = map(int, numbers.groups())
    if major == 0 and step is Step.MAJOR:
        reason += " While the version begins with 0, what breaks raises the second number."
        return VersionStep(Step.MINOR, f"0.{minor + 1}.0", reason)
    following = {
        Step.MAJOR: f"{major + 1}.0.0",
        Step.MINOR: f"{major}.{minor + 1}.0",
        Step.PATCH: f"{major}.{minor}.{patch + 1}",
    }
    return VersionStep(step, following[step], reason)


def _step(findings: Sequence[Finding]) -> tuple[Step, str]:
    worst = max((finding.severity for finding in findings), default=None)
    if worst is None:
        return Step.PATCH, "Nothing changes but prose, if anything."
    if worst is Severity.BREAKING:
        return Step.MAJOR, "Something breaks."
    if worst is Severity.RISKY:
        return Step.MINOR, "Nothing breaks, but something needs a look."
    return Step.MINOR, "Something is added or loosened, and nothing breaks."
