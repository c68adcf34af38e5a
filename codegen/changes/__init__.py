"""What a change of the contract breaks: two revisions in, a report out."""

from codegen.changes.command import run
from codegen.changes.comparing import compare
from codegen.changes.findings import Audience, Direction, Finding, Place, Severity
from codegen.changes.reading import read_contract
from codegen.changes.report import Report
from codegen.changes.versions import Step, VersionStep

__all__ = [
    "Audience",
    "Direction",
    "Finding",
    "Place",
    "Report",
    "Severity",
    "Step",
    "VersionStep",
    "compare",
    "read_contract",
    "run",
]
