"""The report of a comparison, for a pull request (Markdown) and for programs (JSON)."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import frozen

from codegen.changes.findings import Finding, Severity
from codegen.changes.versions import VersionStep, suggest

_WORST_FIRST = sorted(Severity, reverse=True)
_HEADINGS = {
    Severity.BREAKING: "Breaking",
    Severity.RISKY: "Risky: nothing fails, but check",
    Severity.COMPATIBLE: "Compatible",
}


@frozen
class Report:
    """What changes between two revisions of the contract, by the versions they bear."""

    old_version: str
    new_version: str
    findings: Sequence[Finding]

    @property
    def breaks(self) -> bool:
        """Whether anything breaks for anybody."""
        return any(finding.severity is Severity.BREAKING for finding in self.findings)

    @property
    def step(self) -> VersionStep:
        """The version step that the findings call for."""
        return suggest(self.old_version, self.findings)

    def markdown(self) -> str:
        """Return the report as a maintainer pastes it into a pull request."""
        return "\n".join(self._lines()) + "\n"

    def json(self) -> str:
        """Return the report for programs: `summary`, `findings` (worst first), `step`, `breaks`."""
        document = {
            "old": self.old_version,
            "new": self.new_version,
            "breaks": self.breaks,
            "summary": self._counts(),
            "findings": [_as_json(finding) for finding in self.findings],
            "step": {"step": self.step.step, "version": self.step.following, "reason": self.step.reason},
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    def _counts(self) -> dict[str, int]:
        counts = Counter(finding.severity for finding in self.findings)
        return {severity.label: counts[severity] for severity in _WORST_FIRST}

    def _lines(self) -> Iterator[str]:
        yield f"# Contract changes: {self.old_version or '?'} → {self.new_version or '?'}"
        yield ""
        yield self._summary()
        for severity in _WORST_FIRST:
            yield from _section(severity, [each for each in self.findings if each.severity is severity])
        yield from ("", "## Version step", "")
        version = f": {self.old_version} → {self.step.following}" if self.step.following else ""
        yield f"**{self.step.step.capitalize()}**{version}. {self.step.reason}"

    def _summary(self) -> str:
        if not self.findings:
            return "Nothing changes on the wire or for importers."
        counted = ", ".join(f"{count} {label}" for label, count in self._counts().items())
        hit = {finding.hit for finding in self.findings if finding.severity is Severity.BREAKING}
        return f"**{counted}.** {_verdict(hit)}"


def _verdict(hit: set[str]) -> str:
    if not hit:
        return "Nothing breaks."
    return f"It breaks {hit.pop() + ' alone' if len(hit) == 1 and 'both' not in hit else 'panels and agents'}."


def _section(severity: Severity, findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield from ("", f"## {_HEADINGS[severity]}", "")
    yield from ("| where | what | direction | who is hit | what to do |", "| --- | --- | --- | --- | --- |")
    for finding in findings:
        cells = (finding.where, finding.what, finding.direction, finding.hit, finding.todo)
        yield f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    """Text that stays within one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "places": [str(place) for place in finding.places],
        "kind": finding.kind,
        "direction": finding.direction,
        "hits": finding.hit,
        "severity": finding.severity.label,
        "what": finding.what,
        "todo": finding.todo,
    }
