"""The `changes` command: two files in, the report on standard output, and whether anything breaks as exit status."""

from pathlib import Path

from codegen.changes.comparing import compare, worst_first
from codegen.changes.findings import Direction
from codegen.changes.reading import read_contract
from codegen.changes.report import Report
from codegen.contract import Document, load
from codegen.normalise import normalise


def run(old: Path, new: Path, format: str) -> int:  # noqa: A002  (the name of the option)
    """Print the report on `old` and `new` in a format, `markdown` or `json`; return 1 if anything breaks, else 0.

    Raises ContractError for a file that is no contract.
    """
    report = examine(load(old), load(new))
    print(report.json() if format == "json" else report.markdown(), end="")
    return int(report.breaks)


def examine(old: Document, new: Document) -> Report:
    """Return the report on two documents.

    What goes over the wire is compared as it is written. Names are compared as they are generated, which is after the
    repairs: they give a name to whatever was written without one.
    """
    before, after = read_contract(old), read_contract(new)
    wire = [each for each in compare(before, after) if Direction.PYTHON not in each.directions]
    repaired = compare(read_contract(normalise(old).document), read_contract(normalise(new).document))
    names = [each for each in repaired if Direction.PYTHON in each.directions]
    return Report(before.version, after.version, worst_first([*wire, *names]))
